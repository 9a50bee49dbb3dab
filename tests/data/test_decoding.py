import contextlib
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from keras_resgen.data.decoding import BadImageError, area_resize, decode_image, to_gray

SIZE = 16


def gradient(height=32, width=32):
    """A color picture that no flip, turn or exchange of channels leaves as it is."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 7 % 256, y * 7 % 256, (x + 2 * y) % 256], axis=-1).astype(np.uint8)


def encode(image, format, **options):
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def decode(content, channels=3, size=SIZE):
    return decode_image(content, size, channels)[0]


@pytest.mark.parametrize(
    ("format", "options", "tolerance"),
    [
        ("PNG", {}, 0),
        ("BMP", {}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("JPEG", {"quality": 100, "subsampling": 0}, 4),
    ],
)
def test_every_format_gives_the_same_pixels(format, options, tolerance):
    picture = gradient()
    expected = picture.reshape(SIZE, 2, SIZE, 2, 3).mean((1, 3))
    received = decode(encode(Image.fromarray(picture), format, **options))
    assert received.dtype == np.uint8
    assert received.shape == (SIZE, SIZE, 3)
    assert np.abs(received - expected).max() <= 0.5 + tolerance


def test_the_first_frame_of_an_animation_counts():
    frames = [Image.new("RGB", (32, 32), color) for color in ("red", "lime", "blue")]
    for format in ("GIF", "WEBP", "PNG"):
        content = encode(frames[0], format, save_all=True, append_images=frames[1:], lossless=True)
        assert (decode(content) == [255, 0, 0]).all()


@pytest.mark.parametrize("side", [17, 24, 37, 48, 100])
def test_area_resize_is_the_mean_over_each_area(side):
    picture = np.random.default_rng(side).integers(0, 256, (side, side, 3), dtype=np.uint8)
    fine = picture.repeat(SIZE, axis=0).repeat(SIZE, axis=1)  # now each new pixel is side x side
    expected = fine.reshape(SIZE, side, SIZE, side, 3).mean((1, 3))
    assert np.abs(area_resize(picture, SIZE) - expected).max() <= 0.5 + 1e-3


@pytest.mark.parametrize("ratio", [2, 3, 4, 5, 8])
def test_whole_ratios_are_rounded_half_up_whichever_way_they_take(ratio):
    side = SIZE * ratio
    picture = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    expected = np.floor(picture.reshape(SIZE, ratio, SIZE, ratio, 3).mean((1, 3)) + 0.5)
    np.testing.assert_array_equal(decode(encode(Image.fromarray(picture), "PNG")), expected)
    np.testing.assert_array_equal(area_resize(picture, SIZE), expected)


def test_an_image_of_the_wanted_size_is_left_as_it_is():
    picture = gradient(SIZE, SIZE)
    np.testing.assert_array_equal(decode(encode(Image.fromarray(picture), "PNG")), picture)


def test_the_center_square_is_kept():
    wide = np.zeros((SIZE, 3 * SIZE, 3), np.uint8)
    wide[:, SIZE : 2 * SIZE] = 200
    for picture in (wide, wide.swapaxes(0, 1)):
        assert (decode(encode(Image.fromarray(picture), "PNG")) == 200).all()


def test_smaller_images_are_enlarged_and_said_to_be():
    pixels, enlarged = decode_image(encode(Image.new("RGB", (8, 8), (9, 8, 7)), "PNG"), SIZE, 3)
    assert enlarged
    assert (pixels == [9, 8, 7]).all()
    assert not decode_image(encode(Image.new("RGB", (16, 40)), "PNG"), SIZE, 3)[1]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation):
    picture = Image.fromarray(gradient())
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the turn that each orientation undoes
    stored = picture
    if orientation > 1:
        stored = picture.transpose(Image.Transpose(undo[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = decode(encode(picture, "PNG"))
    np.testing.assert_array_equal(decode(encode(stored, "PNG", exif=exif)), upright)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_a_broken_exif_block_does_not_cost_the_image():
    picture = Image.fromarray(gradient())
    for exif in (b"", b"Exif\0\0", b"Exif\0\0II*\0", b"Exif\0\0MM\0*\xff\xff\xff\xff" * 3):
        content = encode(picture, "JPEG", exif=exif)
        np.testing.assert_array_equal(decode(content), decode(encode(picture, "JPEG")))


def test_the_first_picture_of_a_phones_two_counts():
    first, second = (Image.new("RGB", (32, 32), color) for color in ("white", "black"))
    content = encode(first, "MPO", save_all=True, append_images=[second])
    assert (decode(content) == 255).all()


def test_transparency_is_laid_on_white():
    clear = Image.new("RGBA", (32, 32), (200, 0, 0, 0))
    assert (decode(encode(clear, "PNG")) == 255).all()
    half = Image.new("RGBA", (32, 32), (200, 0, 0, 51))
    assert (decode(encode(half, "PNG")) == [244, 204, 204]).all()
    gray = Image.new("LA", (32, 32), (100, 0))
    assert (decode(encode(gray, "PNG")) == 255).all()


def test_a_transparent_palette_entry_is_laid_on_white():
    palette = Image.new("P", (32, 32), 1)
    palette.putpalette([0, 0, 0, 10, 20, 30])
    palette.paste(0, (0, 0, 16, 32))
    for format in ("PNG", "GIF"):
        received = decode(encode(palette, format, transparency=1))
        assert (received[:, : SIZE // 2] == 0).all()
        assert (received[:, SIZE // 2 :] == 255).all()
        opaque = decode(encode(palette, format))
        assert (opaque[:, SIZE // 2 :] == [10, 20, 30]).all()


def test_a_transparent_color_without_alpha_channel_is_laid_on_white():
    picture = Image.new("RGB", (32, 32), (1, 2, 3))
    assert (decode(encode(picture, "PNG", transparency=(1, 2, 3))) == 255).all()


def test_cmyk_becomes_rgb():
    picture = Image.new("CMYK", (32, 32), (255, 0, 0, 0))
    red, green, blue = decode(encode(picture, "JPEG", quality=100))[4, 4].tolist()
    assert red < 5
    assert green > 250
    assert blue > 250


def test_sixteen_bits_are_scaled_and_not_clipped():
    ramp = np.linspace(0, 65535, 32 * 32).reshape(32, 32).astype(np.uint16)
    received = decode(encode(Image.fromarray(ramp), "PNG"), channels=1)[..., 0]
    expected = ramp.reshape(SIZE, 2, SIZE, 2).mean((1, 3)) / 257
    assert np.abs(received - expected).max() <= 1.0


def test_sixteen_bit_color_is_read():
    lines = b"".join(b"\0" + struct.pack(">3H", 0xFFFF, 0x8000, 0) * 16 for _ in range(16))
    chunks = [(b"IHDR", struct.pack(">2I5B", 16, 16, 16, 2, 0, 0, 0))]
    chunks += [(b"IDAT", zlib.compress(lines)), (b"IEND", b"")]
    content = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    assert (decode(content) == [255, 128, 0]).all()


def test_one_bit_images_are_black_and_white():
    picture = Image.new("1", (32, 32), 1)
    assert (decode(encode(picture, "PNG")) == 255).all()


def test_gray_is_the_luma_of_color_for_files_and_for_arrays():
    picture = gradient(SIZE, SIZE)
    expected = picture @ [0.299, 0.587, 0.114]
    received = decode(encode(Image.fromarray(picture), "PNG"), channels=1)
    assert received.shape == (SIZE, SIZE, 1)
    assert np.abs(received[..., 0] - expected).max() <= 0.5 + 0.01
    np.testing.assert_array_equal(to_gray(picture[None])[0], received)


PNG = encode(Image.fromarray(gradient()), "PNG")
JPEG = encode(Image.fromarray(gradient(200, 200)), "JPEG")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "cannot identify"),
        (b"not an image", "cannot identify"),
        (b"<html>" * 1000, "cannot identify"),
        (PNG[:-40], "truncated|Truncated|broken|PNG"),
        (PNG[:20], "."),
        (JPEG[: len(JPEG) // 2], "truncated"),
        (JPEG[:10], "."),
        (encode(Image.new("RGB", (1, 1)), "PNG"), "1x1 pixels, but a side takes at least 8"),
        (encode(Image.new("RGB", (400, 7)), "PNG"), "400x7 pixels"),
        (encode(Image.new("RGB", (32, 32)), "TIFF"), "cannot identify"),
        (encode(Image.new("RGB", (32, 32)), "PDF"), "cannot identify"),
    ],
)
def test_bad_images_are_refused_with_a_reason(content, reason):
    with pytest.raises(BadImageError, match=reason):
        decode(content)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_decompression_bombs_are_refused_before_they_are_decoded():
    header = bytearray(encode(Image.new("1", (8, 8)), "PNG"))
    for side in (12_000, 60_000):  # Pillow warns of the first and refuses the second
        header[16:24] = struct.pack(">2I", side, side)
        header[29:33] = struct.pack(">I", zlib.crc32(header[12:29]))
        with pytest.raises(BadImageError, match="pixels"):
            decode(bytes(header))


def test_faults_of_the_system_are_not_blamed_on_the_image(tmp_path):
    with pytest.raises(FileNotFoundError):
        decode(tmp_path / "none.png")
    with pytest.raises(IsADirectoryError):
        decode(tmp_path)


def test_damaged_content_never_gives_anything_but_an_image_or_a_reason():
    random = np.random.default_rng(0)
    webp = encode(Image.fromarray(gradient()), "WEBP")
    gif = encode(Image.fromarray(gradient()), "GIF")
    for content in (PNG, JPEG, webp, gif, encode(Image.fromarray(gradient()), "BMP")):
        for _ in range(60):
            damaged = bytearray(content)
            for position in random.integers(0, len(damaged), 4):
                damaged[position] = random.integers(0, 256)
            with contextlib.suppress(BadImageError):
                assert decode(bytes(damaged)).shape == (SIZE, SIZE, 3)
