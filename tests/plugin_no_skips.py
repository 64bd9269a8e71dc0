"""`pytest --no-skips`: a skipped test fails the run, so that CI never passes by leaving something out."""

import pytest

_skipped: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="fail the run when any test was skipped")


def pytest_collectreport(report: pytest.CollectReport) -> None:
    _skipped.extend([report.nodeid] if report.skipped else [])


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _skipped.extend([report.nodeid] if report.skipped and not hasattr(report, "wasxfail") else [])


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _skipped and session.config.getoption("--no-skips") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if _skipped and config.getoption("--no-skips"):
        terminalreporter.write_line(f"--no-skips: {len(_skipped)} skipped, so this run has failed", red=True)
