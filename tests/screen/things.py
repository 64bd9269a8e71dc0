"""Files that people have on their phones: a photo and a recording, made here so that none lies in the repository."""

import io
import math
import shutil
import struct
import wave
from pathlib import Path

import pytest
from PIL import Image

NEEDS_FFMPEG = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg here; apt-get install ffmpeg")


def photo(folder: Path, name: str = "椒园.jpg", size: tuple[int, int] = (2400, 1800), shade: int = 90) -> Path:
    """A large upright photo with more bytes than the phone needs to send."""
    noise = Image.effect_noise((size[0] // 4, size[1] // 4), shade).resize(size)
    path = folder / name
    Image.merge("RGB", (noise, noise.point(lambda value: value // 2), noise)).save(path, quality=92)
    return path


def small_photo(shade: int) -> bytes:
    """A small photo, each `shade` with other bytes."""
    data = io.BytesIO()
    Image.new("RGB", (240, 180), (7 * shade % 256, 80, 60)).save(data, "JPEG")
    return data.getvalue()


def recording(folder: Path, name: str = "录音.wav", seconds: int = 2) -> Path:
    """A tone of `seconds`."""
    path = folder / name
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        tone = (int(9000 * math.sin(at / 4)) for at in range(8000 * seconds))
        sound.writeframes(b"".join(struct.pack("<h", each) for each in tone))
    return path
