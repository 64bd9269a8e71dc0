"""Pictures and sound: nothing lost with a form, nothing private in what goes out, nothing dangerous comes in."""

import errno
import io
import os
import resource
import shutil
import signal
import struct
import subprocess
import time
import zlib
from collections.abc import Iterator
from contextvars import Context
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask, get_template_attribute, request
from PIL import Image, ImageCms, ImageDraw
from sqlalchemy import delete, insert, select, update
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse

from wdj.core import jobs
from wdj.core.clock import now
from wdj.core.db import db
from wdj.core.items import Item
from wdj.core.media import (
    BadUpload,
    Batch,
    Media,
    adopt,
    apply_fields,
    count_on,
    files,
    first_pictures,
    media_of,
    pictures,
    remove,
    stage,
    stage_all,
    staged,
    staging,
    uploader,
)
from wdj.core.orgs import Kind, add_org
from wdj.core.people import Grant, Role, add_person
from wdj.core.session import keyed, sign_in

FORM, DEVICE = "form-1", "device of 村民甲"
COOKIE = "a-device-token-of-enough-length"
SINE, TAGGED = ("ffmpeg", "-v", "error", "-f", "lavfi", "-i"), ("-metadata", "comment=recorded at home")
# A process is split off on purpose and ends by os._exit or a signal; threads of other tests do not matter to it.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
CONVERTS = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="sound needs ffmpeg")


@pytest.fixture
def site(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app
        db.session.remove()


def a_photo(size: tuple[int, int] = (1600, 1200), form: str = "JPEG", **how: object) -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    picture = Image.new(str(how.pop("mode", "RGB")), size, "blue")
    ImageDraw.Draw(picture).rectangle((0, 0, size[0] // 2, size[1]), "red")
    out = io.BytesIO()
    picture.save(out, form, **how)
    return out.getvalue()


def a_phones_photo() -> bytes:
    """Taken upright with a phone that knows where it is: the sensor lay on its side."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0110] = 6, "SamplePhone", "Model-of-the-sample"
    exif.get_ifd(0x8825).update({1: "N", 2: (33.0, 54.0, 30.5), 3: "E", 4: (106.0, 31.0, 12.2)})
    return a_photo(exif=exif, comment=b"a private comment", dpi=(300, 300))


def claiming(photo: bytes, width: int, height: int) -> bytes:
    """The JPEG with another size in its header."""
    frame = max(photo.find(b"\xff\xc0"), photo.find(b"\xff\xc2")) + 5
    return photo[:frame] + struct.pack(">HH", height, width) + photo[frame + 4 :]


def a_png_header(width: int, height: int, colours: int = 2) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, colours, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 999)) + chunk(b"IEND", b"")
    )


def a_sound(ending: str, *codec: str, seconds: float = 3, inputs: tuple[str, ...] = ()) -> bytes:
    made = subprocess.run(
        [*SINE, f"sine=440:duration={seconds}", *inputs, *codec, *TAGGED, "-f", ending, "-y", "/dev/stdout"],
        check=True,
        capture_output=True,
    )
    return made.stdout


def an_amr(seconds: float) -> bytes:
    """Silence as an old phone records it: 50 frames a second of 13 bytes, at the lowest rate."""
    return b"#!AMR\n" + (b"\x04" + bytes(12)) * int(seconds * 50)


def upload(content: bytes, name: str = "photo.jpg") -> FileStorage:
    return FileStorage(io.BytesIO(content), name, "pictures")


def send(*contents: bytes, kind: str = "picture", most: int = 3, **more: int) -> list[Media]:
    """Stage the files as a view does, and commit."""
    try:
        return stage([upload(each) for each in contents], FORM, DEVICE, kind, most, **more)  # type: ignore[arg-type]
    finally:
        db.session.commit()


def refusal(content: bytes, kind: str = "picture") -> str:
    with pytest.raises(BadUpload) as refused:
        send(content, kind=kind)
    assert staged(FORM, DEVICE) == []
    assert on_disk() == []
    db.session.commit()
    return str(refused.value)


def a_post(*, public: bool = True, author_id: int | None = None, org_id: int | None = None) -> int:
    org_id = org_id or add_org(None, Kind.county, "示例县").id
    row = insert(Item).values(
        type="sample", kind="notice", org_id=org_id, state="published", is_public=public, author_id=author_id,
        title="示例", text="示例",
    )  # fmt: skip
    item_id = db.session.execute(row.returning(Item.id)).scalar_one()
    db.session.commit()
    return int(item_id)


def hang(*contents: bytes, kind: str = "picture", public: bool = True) -> Media:
    """A ready picture or sound on a post."""
    send(*contents, kind=kind)
    adopt(FORM, DEVICE, a_post(public=public))
    db.session.commit()
    assert jobs.run_due() == len(contents)
    db.session.expire_all()
    return db.session.scalars(select(Media).order_by(Media.position)).first() or pytest.fail("no picture")


def on_disk() -> list[str]:
    return sorted(path.name for path in files.folder().glob("*/*"))


def bytes_of(media: Media, name: str) -> bytes:
    return files.made(media.key, name).read_bytes()


# What goes out


def test_a_phones_photo_stands_upright_in_three_sizes_and_tells_nothing_of_its_phone(site: Flask) -> None:
    media = hang(a_phones_photo())
    assert (media.state, media.width, media.height, media.mime) == ("ready", 960, 1280, "image/jpeg")
    for size, wanted in ((1280, (960, 1280)), (640, (480, 640)), (208, (208, 156))):
        for ending, form in (("jpg", "JPEG"), ("webp", "WEBP")):
            content = bytes_of(media, f"{size}.{ending}")
            with Image.open(io.BytesIO(content)) as made:
                assert (made.format, made.size) == (form, wanted)
                assert not made.getexif()
                assert not {"icc_profile", "exif", "comment", "xmp"} & set(made.info)
                top, bottom = made.getpixel((20, 5)), made.getpixel((20, made.height - 5))
            assert top[0] > 200 > 60 > top[2], "the red half belongs at the top"
            assert bottom[2] > 200 > 60 > bottom[0]
            assert b"Sample" not in content
            assert b"private" not in content
    assert media.bytes == len(bytes_of(media, "640.jpg")) < 20_000


def test_the_original_is_gone_once_the_picture_is_made(site: Flask) -> None:
    media = hang(a_phones_photo())
    assert not files.original(media.key).exists()
    assert len(on_disk()) == 6


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "L", "P", "1", "I;16", "CMYK"])
def test_every_colour_mode_becomes_a_picture(site: Flask, mode: str) -> None:
    out = io.BytesIO()
    Image.radial_gradient("L").resize((300, 200)).convert("I;16" if mode == "I;16" else mode).save(
        out, "JPEG" if mode == "CMYK" else "PNG"
    )
    media = hang(out.getvalue())
    assert (media.state, media.width, media.height) == ("ready", 300, 200)
    with Image.open(io.BytesIO(bytes_of(media, "640.jpg"))) as made:
        middle, corner = made.convert("L").getpixel((150, 100)), made.convert("L").getpixel((2, 2))
    assert abs(middle - corner) > 100, "the gradient is still to be seen"


def test_a_transparent_picture_stands_on_white(site: Flask) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (300, 200), (0, 0, 0, 0)).save(out, "PNG")
    with Image.open(io.BytesIO(bytes_of(hang(out.getvalue()), "640.jpg"))) as made:
        assert made.getpixel((9, 9)) == (255, 255, 255)


@pytest.mark.parametrize("form", ["GIF", "WEBP"])
def test_only_the_first_frame_of_a_moving_picture_is_kept(site: Flask, form: str) -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (90, 90), colour) for colour in ("red", "blue")]
    frames[0].save(out, form, save_all=True, append_images=frames[1:])
    with Image.open(io.BytesIO(bytes_of(hang(out.getvalue()), "640.webp"))) as made:
        assert getattr(made, "n_frames", 1) == 1
        assert made.convert("RGB").getpixel((40, 40))[0] > 200


def test_colours_of_another_profile_are_turned_into_those_of_every_screen(site: Flask) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    plain = hang(a_photo(icc_profile=lab.tobytes(), quality=95))
    with Image.open(io.BytesIO(bytes_of(plain, "640.jpg"))) as made:
        assert made.getpixel((20, 20))[0] > 245
        assert "icc_profile" not in made.info


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_a_profile_or_exif_of_rubbish_does_not_cost_the_picture(site: Flask) -> None:
    media = hang(a_photo(icc_profile=b"rubbish" * 40, exif=b"Exif\0\0MM\0*\xff\xff\xff\xffrubbish"))
    assert media.state == "ready"


def test_a_small_picture_is_never_made_larger(site: Flask) -> None:
    media = hang(a_photo((100, 60), "PNG"))
    for size in ("1280", "640"):
        with Image.open(io.BytesIO(bytes_of(media, f"{size}.jpg"))) as made:
            assert made.size == (100, 60)
    with Image.open(io.BytesIO(bytes_of(media, "208.jpg"))) as made:
        assert made.size == (80, 60)


def test_a_strip_of_one_pixel_is_a_picture_too(site: Flask) -> None:
    assert hang(a_photo((3000, 1), "PNG")).height == 1


@pytest.mark.parametrize(
    ("form", "mode", "size", "how"),
    [
        ("JPEG", "RGB", (7300, 5470), {}),
        ("JPEG", "RGB", (4700, 4500), {"progressive": True, "subsampling": 0}),
        ("PNG", "RGBA", (3640, 3640), {"compress_level": 1}),
        ("PNG", "P", (3640, 3640), {"compress_level": 1}),
        ("PNG", "RGB", (5200, 5200), {"compress_level": 1}),
        ("WEBP", "RGB", (3000, 3000), {"method": 0}),
        ("WEBP", "RGBA", (3000, 3000), {"method": 0}),
    ],
)
def test_the_largest_pictures_we_take_need_less_than_150_megabytes(
    site: Flask, tmp_path: Path, form: str, mode: str, size: tuple[int, int], how: dict[str, object]
) -> None:
    path = tmp_path / "large"
    assert in_a_process(lambda: path.write_bytes(a_photo(size, form, mode=mode, **how)))[0] == 0
    code, grown = in_a_process(lambda: pictures._make_sizes("large", pictures.load_small(path, form)))
    assert code == 0
    assert 0 < grown < 150


def in_a_process(act: object) -> tuple[int, int]:
    """Do it in a process of its own; return how that ended and by how many megabytes it grew."""
    tell, say = os.pipe()
    child = os.fork()
    if not child:
        try:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            act()  # type: ignore[operator]
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            os.write(say, str(grown // 1024).encode())
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    os.close(say)
    with os.fdopen(tell) as told:
        return status, int(told.read() or 0)


# What comes in


@pytest.mark.parametrize(
    "content",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"#EXTM3U\nfile:///etc/passwd\n",
        b"PK\x03\x04" + bytes(60),
        b"%PDF-1.7\n",
        b"GIF",
        bytes(500),
    ],
)
@pytest.mark.parametrize("kind", ["picture", "sound"])
def test_what_is_not_what_its_name_says_is_refused(site: Flask, content: bytes, kind: str) -> None:
    assert refusal(content, kind).startswith("这个文件不是" + {"picture": "照片", "sound": "录音"}[kind])


def test_a_picture_that_is_a_page_too_goes_out_as_a_picture_only(site: Flask) -> None:
    media = hang(a_photo() + b"<script>alert(1)</script>PK\x03\x04")
    for path in files.folder().glob(f"{media.key[:2]}/*"):
        assert b"script" not in path.read_bytes()


def test_an_apple_photo_is_refused_with_the_way_out(site: Flask) -> None:
    assert "兼容性最佳" in refusal(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(50))


@pytest.mark.parametrize("size", [(10_000, 5_000), (20_000, 20_000), (65_000, 65_000)])
def test_a_bomb_is_refused_by_its_header_before_it_opens(site: Flask, size: tuple[int, int]) -> None:
    before = time.process_time()
    assert "尺寸太大" in refusal(a_png_header(*size))
    assert time.process_time() - before < 1


@pytest.mark.parametrize(
    ("fits", "too_large"),
    [
        (claiming(a_photo(), 6300, 6300), claiming(a_photo(), 6400, 6300)),
        (
            claiming(a_photo(progressive=True), 6300, 6000),
            claiming(a_photo(progressive=True, subsampling=0), 6300, 6000),
        ),
        (a_png_header(5200, 5200), a_png_header(5200, 5200, colours=6)),
        (a_photo((3000, 3000), "WEBP", method=0), a_photo((3100, 3000), "WEBP", method=0)),
    ],
)
def test_the_limit_is_what_decoding_takes_and_40_megapixels(site: Flask, fits: bytes, too_large: bytes) -> None:
    assert send(fits)[0].kind == "picture"
    with pytest.raises(BadUpload, match="尺寸太大"):
        send(too_large)


def test_a_file_cut_off_in_its_header_is_refused(site: Flask) -> None:
    assert "打不开" in refusal(a_photo(form="PNG")[:20])


def test_a_file_too_heavy_is_refused(site: Flask) -> None:
    assert "超过 12 MB" in refusal(a_photo() + bytes(12 * 1024 * 1024))


def test_an_empty_file_is_refused_and_an_empty_field_is_not(site: Flask) -> None:
    assert "是空的" in refusal(b"")
    assert stage([FileStorage(io.BytesIO(), "")], FORM, DEVICE, "picture", 3) == []


def test_a_fourth_picture_finds_no_room_but_three_are_kept(site: Flask) -> None:
    with pytest.raises(BadUpload, match="最多 3 张"):
        send(*(a_photo((60 + n, 40)) for n in range(4)))
    assert len(staged(FORM, DEVICE)) == 3
    db.session.commit()
    with pytest.raises(BadUpload, match="最多 3 张"):
        send(a_photo((90, 40)))
    assert len(on_disk()) == 3


def test_what_hangs_on_the_post_already_takes_room(site: Flask) -> None:
    with pytest.raises(BadUpload, match="最多 9 张"):
        send(a_photo((60, 40)), a_photo((61, 40)), most=9, already=8)
    assert len(staged(FORM, DEVICE)) == 1


def test_one_bad_picture_costs_none_of_the_good_ones(site: Flask) -> None:
    with pytest.raises(BadUpload, match=r"^第 2 张：.*不是照片"):
        send(a_photo((60, 40)), b"<html>", a_photo((62, 40)))
    assert [each.position for each in staged(FORM, DEVICE)] == [1, 2]


def test_large_files_come_out_of_a_real_form_whole(site: Flask) -> None:
    noise = Image.effect_noise((2000, 1500), 90)
    out = io.BytesIO()
    noise.save(out, "PNG")
    form = {"pictures": [(io.BytesIO(out.getvalue()), "a.png"), (io.BytesIO(a_photo()), "b.jpg"), (io.BytesIO(), "")]}
    with site.test_request_context("/", method="POST", data=form):
        rows = stage(request.files.getlist("pictures"), FORM, DEVICE, "picture", 3)
        db.session.commit()
        sizes = [each.bytes for each in rows]
        request.environ["wsgi.input"].close()
    assert sizes == [len(out.getvalue()), len(a_photo())]
    assert files.original(staged(FORM, DEVICE)[0].key).read_bytes() == out.getvalue()


# Staged with the form


def test_a_mistake_in_the_form_loses_no_picture(site: Flask) -> None:
    send(a_photo((60, 40)), a_photo((61, 40)))
    send(a_photo((62, 40)))
    assert len(staged(FORM, DEVICE)) == 3
    assert staged(FORM, "device of 村民乙") == []
    assert staged("form-2", DEVICE) == []
    item_id = a_post()
    adopt(FORM, DEVICE, item_id)
    db.session.commit()
    jobs.run_due()
    assert [(each.position, each.state, each.owner) for each in media_of(item_id)] == [
        (1, "ready", ""),
        (2, "ready", ""),
        (3, "ready", ""),
    ]
    assert staged(FORM, DEVICE) == []


def test_the_same_picture_sent_again_after_a_lost_answer_is_there_once(site: Flask) -> None:
    first, again = send(a_photo(), a_photo()), send(a_photo())
    assert (len(first), again) == (1, [])
    assert len(on_disk()) == 1


def test_later_pictures_hang_behind_the_earlier_ones(site: Flask) -> None:
    item_id = a_post()
    for width in (60, 61):
        send(a_photo((width, 40)))
        adopt(FORM, DEVICE, item_id)
        db.session.commit()
    jobs.run_due()
    assert [(each.position, each.width) for each in media_of(item_id)] == [(1, 60), (2, 61)]


def test_files_of_two_fields_are_checked_before_the_database_is_held(
    site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[bool] = []
    check = staging.check

    def looks_on(*what: object) -> object:
        held.append(db.session().in_transaction())
        return check(*what)  # type: ignore[arg-type]

    monkeypatch.setattr(staging, "check", looks_on)
    batches = [Batch("picture", [upload(a_photo((60, 40)))], 3), Batch("sound", [upload(an_amr(3))], 1)]
    assert [(each.kind, each.position) for each in stage_all(batches, FORM, DEVICE)] == [("picture", 1), ("sound", 2)]
    assert held == [False, False]


def test_what_the_form_takes_away_makes_room_for_what_it_brings(site: Flask) -> None:
    one, _, _ = send(*(a_photo((60 + n, 40)) for n in range(3)))
    sent = MultiDict({"remove": str(one.id), f"caption-{one.id + 1}": "村口"})
    stage_all([Batch("picture", [upload(a_photo((70, 40)))], 3)], FORM, DEVICE, sent)
    db.session.commit()
    assert [each.caption for each in staged(FORM, DEVICE)] == ["村口", "", ""]
    adopt(FORM, DEVICE, item_id := a_post())
    db.session.commit()
    assert count_on(item_id, "picture") == 3
    assert count_on(item_id, "picture", but=[str(media_of(item_id)[0].id), "99"]) == 2


def test_a_form_never_sent_loses_its_files_after_a_day(site: Flask) -> None:
    send(a_photo((60, 40)))
    old, young = send(a_photo((61, 40)))[0], staged(FORM, DEVICE)[0]
    db.session.execute(update(Media).where(Media.id == old.id).values(made_at=now() - timedelta(hours=25)))
    db.session.commit()
    staging.forget_abandoned()
    db.session.commit()
    jobs.run_due()
    assert staged(FORM, DEVICE) == [young]
    assert on_disk() == [young.key]


def test_files_whose_row_is_gone_are_swept_and_all_others_stay(site: Flask) -> None:
    kept = hang(a_photo())
    lost = files.made("lost-key", "640.jpg")
    draft, young = lost.with_name(f".{kept.key}.640.jpg.0a0a"), lost.with_name("young.640.jpg")
    lost.parent.mkdir()
    for path in (lost, draft, young):
        path.write_bytes(b"x")
    for path in (*files.folder().glob("*/*"),):
        if path != young:
            os.utime(path, (time.time() - 90_000,) * 2)
    staging.forget_abandoned()
    assert on_disk() == sorted(
        [f"{kept.key}.{size}.{end}" for size in (1280, 640, 208) for end in ("jpg", "webp")] + [young.name]
    )


def test_pictures_go_with_their_post(site: Flask) -> None:
    media = hang(a_photo())
    db.session.execute(delete(Item).where(Item.id == media.item_id))
    db.session.commit()
    assert db.session.scalars(select(Media)).all() == []


def test_a_removed_picture_takes_its_files_along(site: Flask) -> None:
    remove(hang(a_photo()))
    db.session.commit()
    jobs.run_due()
    assert on_disk() == []


def test_a_full_disk_leaves_nothing_half_and_says_so(site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = staging._copy

    def copy_until_full(stream: object, path: Path) -> tuple[str, int]:
        if on_disk_without_drafts():
            path.write_bytes(b"half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return whole(stream, path)  # type: ignore[arg-type]

    monkeypatch.setattr(staging, "_copy", copy_until_full)
    with pytest.raises(OSError, match="No space") as full:
        send(a_photo((60, 40)), a_photo((61, 40)))
    assert full.value.errno == errno.ENOSPC
    assert on_disk() == []
    assert staged(FORM, DEVICE) == []


def on_disk_without_drafts() -> list[str]:
    return [name for name in on_disk() if not name.startswith(".")]


def test_a_disk_that_fills_during_the_job_keeps_the_original_for_the_next_try(
    site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(a_photo())
    adopt(FORM, DEVICE, item_id := a_post())
    db.session.commit()

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert jobs.run_due() == 0
    assert [each.state for each in media_of(item_id)] == ["waiting"]
    db.session.commit()
    make_due()
    assert jobs.run_due() == 1
    assert [each.state for each in media_of(item_id)] == ["ready"]


# Killed, failed, tried again


def make_due() -> None:
    past = now() - timedelta(minutes=1)
    open_ = jobs.Job.state.in_(("waiting", "running"))
    db.session.execute(update(jobs.Job).where(open_).values(run_at=past, lease_until=past))
    db.session.commit()


@pytest.mark.parametrize("moment", ["in the middle of the sizes", "before the row is written"])
def test_a_killed_job_run_again_gives_the_same(site: Flask, moment: str) -> None:
    send(a_phones_photo())
    adopt(FORM, DEVICE, item_id := a_post())
    db.session.commit()
    db.session.remove()
    db.engine.dispose()

    def run_and_die() -> None:
        saves = iter(range(9))
        whole = pictures._save

        def save_or_die(key: str, size: str, picture: Image.Image) -> None:
            if next(saves) == 1:
                os.kill(os.getpid(), signal.SIGKILL)
            whole(key, size, picture)

        def die(*_: object) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

        if moment == "before the row is written":
            pictures.update = die  # type: ignore[assignment]
        else:
            pictures._save = save_or_die
        jobs.run_due()

    assert in_a_process(run_and_die)[0] == signal.SIGKILL
    assert [each.state for each in media_of(item_id)] == ["waiting"]
    db.session.commit()
    make_due()
    assert jobs.run_due() == 1
    db.session.expire_all()
    media = media_of(item_id)[0]
    assert (media.state, media.width, media.height) == ("ready", 960, 1280)
    assert media.bytes == len(bytes_of(media, "640.jpg"))
    assert not files.original(media.key).exists()


def test_a_picture_that_cannot_be_made_says_so_and_can_be_tried_again(site: Flask) -> None:
    photo = a_photo()
    send(photo[: len(photo) // 2])
    adopt(FORM, DEVICE, item_id := a_post())
    db.session.commit()
    for _ in range(3):
        assert jobs.run_due() == 0
        make_due()
    media = media_of(item_id)[0]
    assert (media.state, media.state_words) == ("failed", "没处理成，请换一个")
    assert db.session.scalars(select(jobs.Job.error)).one()
    files.original(media.key).write_bytes(photo)
    apply_fields([media], MultiDict({"retry": str(media.id)}))
    db.session.commit()
    assert jobs.run_due() == 1
    assert [each.state for each in media_of(item_id)] == ["ready"]


# Sound


@CONVERTS
@pytest.mark.parametrize(
    ("ending", "codec"),
    [
        ("mp3", ("-c:a", "libmp3lame")),
        ("ogg", ("-c:a", "libopus")),
        ("webm", ("-c:a", "libopus")),
        ("wav", ()),
        ("3gp", ("-c:a", "aac", "-movflags", "frag_keyframe+empty_moov")),
        ("ipod", ("-c:a", "aac", "-movflags", "frag_keyframe+empty_moov")),
        ("adts", ("-c:a", "aac")),
    ],
)
def test_every_phones_recording_becomes_a_small_m4a_without_its_tags(
    site: Flask, ending: str, codec: tuple[str, ...]
) -> None:
    media = hang(a_sound(ending, *codec), kind="sound")
    content = bytes_of(media, "sound.m4a")
    assert (media.state, media.mime, media.bytes) == ("ready", "audio/mp4", len(content))
    assert 3 <= (media.seconds or 0) <= 4
    assert media.length == f"0:0{media.seconds}"
    assert len(content) < 3 * 32_000 / 8 * 1.5
    assert content.index(b"moov") < content.index(b"mdat"), "it plays before it is whole"
    assert b"recorded at home" not in content
    assert not files.original(media.key).exists()


@CONVERTS
def test_an_old_phones_amr_is_taken(site: Flask) -> None:
    media = hang(an_amr(5), kind="sound")
    assert (media.state, media.seconds) == ("ready", 6) or media.seconds == 5
    assert bytes_of(media, "sound.m4a")[4:8] == b"ftyp"


@CONVERTS
def test_a_song_with_its_cover_is_sound(site: Flask) -> None:
    cover = ("-f", "lavfi", "-i", "color=red:s=32x32:d=0.1", "-map", "0:a", "-map", "1:v", "-frames:v", "1")
    content = a_sound("mp3", "-c:v", "mjpeg", "-disposition:v", "attached_pic", inputs=cover)
    assert hang(content, kind="sound").state == "ready"


@CONVERTS
def test_a_film_is_no_recording(site: Flask) -> None:
    film = ("-f", "lavfi", "-i", "testsrc=duration=1:size=64x64", "-movflags", "frag_keyframe+empty_moov")
    content = a_sound("mp4", seconds=1, inputs=film)
    assert "这是录像" in refusal(content, "sound")
    assert "这是录像" in refusal(content, "picture")


@CONVERTS
def test_villagers_speak_for_two_minutes_and_clerks_for_ten(site: Flask) -> None:
    assert "最长 2 分钟，这段有 3 分 20 秒" in refusal(an_amr(200), "sound")
    assert send(an_amr(200), kind="sound", most=1, seconds=600)[0].seconds == 200
    assert send(an_amr(121), kind="sound", most=2), "a recorder that stops by itself stops a little late"


@CONVERTS
@pytest.mark.parametrize("head", [b"ID3\x04\0\0\0\0\0\0", b"OggS", b"\x1a\x45\xdf\xa3", b"RIFF\0\0\0\0WAVE"])
def test_rubbish_behind_the_right_first_bytes_is_refused(site: Flask, head: bytes) -> None:
    playlist = b"#EXTM3U\nfile:///etc/passwd\nconcat:/etc/hostname\nhttp://127.0.0.1:1/\n"
    assert "打不开" in refusal(head + playlist, "sound")


def test_without_ffmpeg_the_sound_waits_failed_with_its_original(site: Flask) -> None:
    site.config["WDJ_FFMPEG"] = "no-such-program"
    send(an_amr(5), kind="sound")
    adopt(FORM, DEVICE, item_id := a_post())
    db.session.commit()
    for _ in range(3):
        assert jobs.run_due() == 0
        make_due()
    media = media_of(item_id)[0]
    assert media.state == "failed"
    assert files.original(media.key).read_bytes() == an_amr(5)
    assert "no-such-program: no such program" in db.session.scalars(select(jobs.Job.error)).one()


# Who may see it


def get(app: Flask, url: str, *, login: str = "", device: str = "", **headers: str) -> TestResponse:
    """Ask as a browser with these cookies. An empty context keeps the test's own out of it."""
    browser = app.test_client()
    for name, value in (("wdj_s", login), ("wdj_d", device)):
        if value:
            browser.set_cookie(name, value)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Context().run(lambda: browser.get(url, headers=named, buffered=True))


def signed_in(app: Flask, name: str, org_id: int) -> str:
    """The login cookie of a town clerk."""
    person = add_person(name, name, "", "x", must_change=False)
    db.session.add(Grant(person_id=person.id, role=Role.town_clerk, org_id=org_id))
    with app.test_request_context(method="POST"):
        token = sign_in(person.id)
    db.session.commit()
    return token


def test_a_picture_is_served_by_what_the_browser_reads_and_by_no_shared_cache(site: Flask) -> None:
    media = hang(a_photo())
    old = get(site, media.url(640))
    new = get(site, media.url(640), accept="image/avif,image/webp,*/*")
    assert (old.status_code, old.mimetype, new.mimetype) == (200, "image/jpeg", "image/webp")
    assert (old.data, new.data) == (bytes_of(media, "640.jpg"), bytes_of(media, "640.webp"))
    assert old.headers["ETag"] != new.headers["ETag"]
    assert "Accept" in old.vary
    assert old.headers["Cache-Control"] == "private, max-age=86400"
    assert old.headers["X-Content-Type-Options"] == "nosniff"
    assert old.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert old.headers["Content-Disposition"].startswith("inline; filename=")
    again = get(site, media.url(640), if_none_match=old.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")


@CONVERTS
def test_a_sound_is_served_in_parts(site: Flask) -> None:
    media = hang(an_amr(5), kind="sound")
    part = get(site, media.url(), range="bytes=4-7")
    assert (part.status_code, part.data, part.mimetype) == (206, b"ftyp", "audio/mp4")
    assert get(site, media.url(), range="bytes=99999999-").status_code == 416


@pytest.mark.parametrize(
    "name", ["999.jpg", "640.png", "original", "sound.m4a", "..%2f..%2fwdj.db", "640.jpg.", ".jpg"]
)
def test_there_is_nothing_else_under_its_key(site: Flask, name: str) -> None:
    media = hang(a_photo())
    assert get(site, f"/media/{media.key}/{name}").status_code == 404
    assert get(site, "/media/..%2f..%2fstaged/640.jpg").status_code == 404


def test_the_picture_of_a_withdrawn_post_is_missing_at_once(site: Flask) -> None:
    media = hang(a_photo())
    db.session.execute(update(Item).values(is_public=False))
    db.session.commit()
    assert get(site, media.url()).status_code == 404


def test_a_picture_whose_file_was_lost_is_missing_and_no_error(site: Flask) -> None:
    media = hang(a_photo())
    files.wipe(media.key)
    assert get(site, media.url()).status_code == 404


def test_a_private_picture_is_seen_by_the_clerk_of_its_town_and_missing_for_the_stranger(site: Flask) -> None:
    media = hang(a_photo(), public=False)
    own, other = (add_org(None, Kind.town, name).id for name in ("甲镇", "乙镇"))
    db.session.execute(update(Item).values(org_id=own))
    clerk, stranger = signed_in(site, "clerk", own), signed_in(site, "stranger", other)
    for name in ("1280.jpg", "640.webp", "208.jpg"):
        url = f"/media/{media.key}/{name}"
        assert get(site, url, login=clerk).status_code == 200
        assert get(site, url, login=stranger).status_code == 404
        assert get(site, url).status_code == 404


def test_a_staged_picture_is_shown_to_its_device_alone_and_as_it_came(site: Flask) -> None:
    photo, mine = a_phones_photo(), f"device {keyed('device', COOKIE)}"
    media = stage([upload(photo)], FORM, mine, "picture", 3)[0]
    db.session.commit()
    assert get(site, media.original_url).status_code == 404
    assert get(site, media.original_url, device="another-token-of-enough-length").status_code == 404
    shown = get(site, media.original_url, device=COOKIE)
    assert (shown.status_code, shown.data, shown.mimetype) == (200, photo, "image/jpeg")
    assert shown.headers["Cache-Control"] == "private, no-store"
    assert get(site, media.url(), device=COOKIE).status_code == 404


def test_who_uploads_is_the_person_or_else_the_device(site: Flask) -> None:
    def who() -> str:
        with site.test_request_context(method="POST", headers={"Cookie": f"wdj_d={COOKIE}; wdj_s={login}"}):
            return uploader()

    login = ""
    assert Context().run(who) == f"device {keyed('device', COOKIE)}"
    login = signed_in(site, "clerk", add_org(None, Kind.town, "甲镇").id)
    assert Context().run(who) == "person 1"


# On pages and in forms


def test_a_card_finds_the_first_ready_picture_of_each_post(site: Flask) -> None:
    two, none = a_post(), a_post(org_id=1)
    send(a_photo((61, 40)), a_photo((62, 40)))
    adopt(FORM, DEVICE, two)
    db.session.commit()
    assert first_pictures([two, none]) == {}
    db.session.commit()
    jobs.run_due()
    found = first_pictures([two, none])
    assert {item_id: media.width for item_id, media in found.items()} == {two: 61}


def test_words_order_and_removal_come_back_from_the_form(site: Flask) -> None:
    rows = send(*(a_photo((60 + n, 40)) for n in range(3)))
    one, two, three = (each.id for each in rows)
    sent = {f"caption-{one}": " 村口的\n新路 ", f"order-{three}": "1", f"order-{one}": "1", f"order-{two}": "2"}
    assert [each.id for each in apply_fields(rows, MultiDict({**sent, "remove": str(two)}))] == [three, one]
    db.session.commit()
    kept = staged(FORM, DEVICE)
    assert [(each.id, each.position, each.caption) for each in kept] == [(three, 1, ""), (one, 2, "村口的 新路")]


@pytest.mark.parametrize(
    ("moves", "wanted"), [({1: 3}, [2, 3, 1]), ({3: 1}, [3, 1, 2]), ({1: 2}, [2, 1, 3]), ({1: 0, 2: 999}, [1, 3, 2])]
)
def test_a_picture_goes_to_the_place_it_was_given(site: Flask, moves: dict[int, int], wanted: list[int]) -> None:
    rows = send(*(a_photo((60 + n, 40)) for n in range(3)))
    ids = [each.id for each in rows]
    sent = MultiDict({f"order-{ids[n - 1]}": str(moves.get(n, n)) for n in (1, 2, 3)})
    assert [ids.index(each.id) + 1 for each in apply_fields(rows, sent)] == wanted


def test_a_form_touches_only_the_rows_it_was_given(site: Flask) -> None:
    mine, foreign = send(a_photo((60, 40)), a_photo((61, 40)))
    apply_fields([mine], MultiDict({"remove": str(foreign.id), f"caption-{foreign.id}": "别人的"}))
    db.session.commit()
    assert [each.caption for each in staged(FORM, DEVICE)] == ["", ""]


def test_the_form_shows_what_is_there_and_asks_for_what_still_fits(site: Flask) -> None:
    with site.test_request_context():
        draw = get_template_attribute("parts/media_fields.html", "media_fields")
    assert 'name="pictures"' in draw([], 3)
    assert "最多 3 张" in draw([], 3)
    rows = send(*(a_photo((60 + n, 40)) for n in range(3)))
    rows[0].caption = '"><script>'
    drawn = draw(rows, 3)
    assert 'name="pictures"' not in drawn
    assert "<script>" not in drawn
    assert drawn.count("去掉这张照片") == drawn.count(">收到了，") == 3
    assert 'name="sound"' in drawn
    assert 'name="sound"' not in draw(rows, 3, sound=False)
    rows[0].state, rows[1].state, rows[2].state = "ready", "waiting", "failed"
    drawn = draw(rows, 9)
    assert f'src="{rows[0].url(208)}"' in drawn
    assert "正在处理" in drawn
    assert "没处理成" in drawn
    assert "再处理一次" in drawn
    assert "还能加 6 张" in drawn
    db.session.rollback()
