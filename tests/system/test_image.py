"""`blathy image` against another implementation: pyca/cryptography signs and verifies, the format is packed here by hand."""
import hashlib
import json
import pathlib
import struct

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

TABLE = b"welcome HELLO 2\npage 1.0.1.8.0.255\npage 1.0.32.7.0.255\n"
# RFC 6979 A.2.5, the key of tests/fuzz/fuzz_image.c
RFC_KEY = ec.derive_private_key(0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721, ec.SECP256R1())


def header(payload, kind=2, version=(1, 2, 3), minimum=(0, 1, 0), hardware=b"HW-1.0", identifier=b"MTR-1.2.3"):
    """SPEC.md, "Firmware image"."""
    octets = struct.pack("<4sBBHI3H3H16s64s32s", b"BLYI", 1, kind, 256, len(payload), *version, *minimum, hardware,
                         identifier, hashlib.sha256(payload).digest())
    return octets.ljust(256, b"\0")


def signed(key, payload, **fields):
    octets = header(payload, **fields)
    r, s = decode_dss_signature(key.sign(octets, ec.ECDSA(hashes.SHA256())))
    return octets + payload + r.to_bytes(32, "big") + s.to_bytes(32, "big")


def is_signed(public, image):
    r, s = (int.from_bytes(image[at:at + 32 or None], "big") for at in (-64, -32))
    try:
        public.verify(encode_dss_signature(r, s), image[:256], ec.ECDSA(hashes.SHA256()))
        return True
    except InvalidSignature:
        return False


@pytest.fixture
def keys(blathy, tmp_path):
    """(private, public) paths that the program made."""
    assert blathy("image", "keygen", tmp_path / "maker").returncode == 0
    return tmp_path / "maker.key", tmp_path / "maker.pub"


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table"
    path.write_bytes(TABLE)
    return path


def sign(blathy, key, payload, out, *more, version="1.2.3", minimum="0.1.0"):
    return blathy("image", "sign", "--key", key, "--version", version, "--hardware", "HW-1.0", "--minimum", minimum, *more,
                  payload, out)


def test_keys_are_a_pair_that_others_read(keys):
    private = serialization.load_pem_private_key(keys[0].read_bytes(), None)
    public = serialization.load_pem_public_key(keys[1].read_bytes())
    assert isinstance(private.curve, ec.SECP256R1)
    assert private.public_key().public_numbers() == public.public_numbers()
    assert keys[0].stat().st_mode & 0o777 == 0o600


def test_keys_are_never_overwritten(blathy, keys):
    before = [path.read_bytes() for path in keys]
    for missing in (None, keys[0]):  # the private one would be written first
        if missing:
            missing.unlink()
        result = blathy("image", "keygen", keys[0].with_suffix(""))
        assert result.returncode == 1 and "never overwritten" in result.stderr
    assert not keys[0].exists() and keys[1].read_bytes() == before[1]


def test_keys_differ(blathy, tmp_path):
    for name in "ab":
        blathy("image", "keygen", tmp_path / name)
    assert (tmp_path / "a.pub").read_bytes() != (tmp_path / "b.pub").read_bytes()


@pytest.mark.parametrize("kind, payload", [("table", TABLE), ("firmware", bytes(range(256)) * 300), ("firmware", b"\n")])
def test_an_image_is_as_specified(blathy, keys, tmp_path, kind, payload):
    (tmp_path / "payload").write_bytes(payload)
    out = tmp_path / "out"
    result = sign(blathy, keys[0], tmp_path / "payload", out, "--kind", kind, "--identifier", "an image of mine")
    assert (result.returncode, result.stderr) == (0, "")
    image = out.read_bytes()
    expected = header(payload, kind={"table": 2, "firmware": 1}[kind], identifier=b"an image of mine") + payload
    assert image[:-64] == expected
    assert is_signed(serialization.load_pem_public_key(keys[1].read_bytes()), image)
    sign(blathy, keys[0], tmp_path / "payload", out, "--kind", kind, "--identifier", "an image of mine")
    assert out.read_bytes() == image  # RFC 6979: no random numbers


@pytest.mark.parametrize("form", [serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL])
def test_keys_of_others_sign(blathy, table, tmp_path, form):
    key = tmp_path / "key"
    key.write_bytes(RFC_KEY.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    assert sign(blathy, key, table, tmp_path / "out").returncode == 0
    assert is_signed(RFC_KEY.public_key(), (tmp_path / "out").read_bytes())


def public_file(key, path):
    path.write_bytes(key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    return path


def test_info_tells_what_others_signed(blathy, tmp_path):
    image = signed(RFC_KEY, TABLE, version=(65535, 0, 9), hardware=b"H" * 16, identifier=b"I" * 64)
    (tmp_path / "image").write_bytes(image)
    public = public_file(RFC_KEY, tmp_path / "pub")
    result = blathy("image", "info", "--json", "--key", public, tmp_path / "image")
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(result.stdout) == {
        "identifier": "I" * 64, "kind": "table", "version": "65535.0.9", "minimum": "0.1.0", "hardware": "H" * 16,
        "size": len(image), "payload_size": len(TABLE), "payload_sha256": hashlib.sha256(TABLE).hexdigest(),
        "payload_right": True, "signature": image[-64:].hex(), "signature_right": True,
        "table": {"welcome": "HELLO 2", "pages": ["1.0.1.8.0.255", "1.0.32.7.0.255"]},
    }
    lines = blathy("image", "info", tmp_path / "image").stdout
    assert "version          65535.0.9\n" in lines and "signature_right  null\n" in lines


def test_the_corpus_has_an_image_that_is_right(blathy, tmp_path):
    corpus = pathlib.Path(__file__).parent.parent / "fuzz/corpus/image/signed"
    assert blathy("image", "info", "--key", public_file(RFC_KEY, tmp_path / "pub"), corpus).returncode == 0


def test_every_changed_octet_is_found(blathy, keys, table, tmp_path):
    out, bad = tmp_path / "out", tmp_path / "bad"
    sign(blathy, keys[0], table, out)
    image = out.read_bytes()
    for at in [*range(0, 140, 3), 200, 255, *range(256, len(image), 7), len(image) - 1]:
        bad.write_bytes(image[:at] + bytes([image[at] ^ 0x20]) + image[at + 1:])
        result = blathy("image", "info", "--key", keys[1], bad)
        assert result.returncode == 1 and result.stderr.startswith("blathy: "), at


def test_another_key_is_not_right(blathy, keys, tmp_path):
    (tmp_path / "image").write_bytes(signed(RFC_KEY, TABLE))
    result = blathy("image", "info", "--json", "--key", keys[1], tmp_path / "image")
    assert result.returncode == 1 and json.loads(result.stdout)["signature_right"] is False


@pytest.mark.parametrize("change, says", [
    (lambda image: image[:-1], "truncated"), (lambda image: image + b"\0", "behind its end"), (lambda image: image[:256], "truncated"),
    (lambda image: image[:255], "no firmware image"), (lambda image: b"", "no firmware image"), (lambda image: b"B" + image, "no firmware"),
    (lambda image: image[:4] + b"\2" + image[5:], "another version"), (lambda image: image + bytes(2**20), "too long"),
])
def test_what_is_no_image(blathy, tmp_path, change, says):
    (tmp_path / "image").write_bytes(change(signed(RFC_KEY, TABLE)))
    result = blathy("image", "info", tmp_path / "image")
    assert (result.returncode, result.stdout) == (1, "") and says in result.stderr


@pytest.mark.parametrize("payload, options, says", [
    (b"", {}, "empty"), (b"hello\n", {}, "no table"), (TABLE * 20, {}, "no table"), (b"welcome TOO LONG\nwelcome B\n", {}, "no table"),
    (TABLE, {"version": "1.0.0", "minimum": "1.0.1"}, "newer than --version"), (bytes(600000), {}, "too long"),
])
def test_what_is_not_signed(blathy, keys, tmp_path, payload, options, says):
    (tmp_path / "payload").write_bytes(payload)
    result = sign(blathy, keys[0], tmp_path / "payload", tmp_path / "out", **options)
    assert result.returncode == 1 and says in result.stderr and not (tmp_path / "out").exists()


@pytest.mark.parametrize("key", [b"", b"nonsense\n", "public", "other curve", "rsa in name only"])
def test_keys_that_are_none(blathy, keys, table, tmp_path, key):
    other = ec.generate_private_key(ec.SECP384R1())
    content = {
        "public": keys[1].read_bytes(),
        "other curve": other.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        "rsa in name only": b"-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n",
    }.get(key, key)
    (tmp_path / "key").write_bytes(content)
    result = sign(blathy, tmp_path / "key", table, tmp_path / "out")
    assert result.returncode == 1 and result.stderr.startswith("blathy: ") and not (tmp_path / "out").exists()
    (tmp_path / "image").write_bytes(signed(RFC_KEY, TABLE))
    if key != "public":
        assert blathy("image", "info", "--key", tmp_path / "key", tmp_path / "image").returncode == 1
    result = blathy("image", "info", "--key", public_file(other, tmp_path / "pub"), tmp_path / "image")
    assert result.returncode == 1 and "P-256" in result.stderr


def test_files_that_are_not_there(blathy, keys, table, tmp_path):
    none = tmp_path / "none"
    for result in (sign(blathy, none, table, tmp_path / "out"), sign(blathy, keys[0], none, tmp_path / "out"),
                   sign(blathy, keys[0], table, none / "out"), blathy("image", "info", none), blathy("image", "info", tmp_path),
                   blathy("image", "keygen", none / "key")):
        assert result.returncode == 1 and result.stderr.startswith("blathy: ")


SIGN = ["sign", "--key", "k", "--version", "1.2.3", "--hardware", "HW", "--minimum", "1.0.0"]


@pytest.mark.parametrize("arguments", [
    [], ["make"], ["keygen"], ["keygen", "a", "b"], ["info"], ["info", "a", "b"], ["info", "--kind", "table", "a"], ["keygen", "--json", "a"],
    SIGN, [*SIGN, "in"], [*SIGN, "in", "out", "more"], *([*SIGN[:at], *SIGN[at + 2:], "in", "out"] for at in (1, 3, 5, 7)),
    *([*SIGN, "--version", version, "in", "out"] for version in ("1.2", "1.2.3.4", "1..3", "a.b.c", "1.2.65536", "-1.2.3", "1.2.3 ", "")),
    [*SIGN, "--hardware", "H" * 17, "in", "out"], [*SIGN, "--hardware", "", "in", "out"], [*SIGN, "--identifier", "I" * 65, "in", "out"],
    [*SIGN, "--identifier", "\u00e4", "in", "out"], [*SIGN, "--kind", "program", "in", "out"], [*SIGN, "--key"],
])
def test_usage(blathy, arguments):
    result = blathy("image", *arguments)
    assert (result.returncode, result.stdout) == (2, "") and result.stderr.startswith("blathy: ")


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["sign", "--help"], ["info", "-h"], ["keygen", "--help"]])
def test_help(blathy, arguments):
    result = blathy("image", *arguments)
    assert (result.returncode, result.stderr) == (0, "") and "keygen PREFIX" in result.stdout
    assert "blathy image" in blathy("--help").stdout


def write_corpus(folder):
    """python test_image.py FOLDER makes the seeds of tests/fuzz/corpus/image."""
    image = signed(RFC_KEY, TABLE)
    seeds = {"signed": image, "header": image[:256], "truncated": image[:-1], "longer": image + bytes(300), "table": TABLE,
             "payload": image[:256] + b"W" + image[257:], "large": image[:8] + b"\xff" * 4 + image[12:],
             "slice": signed(RFC_KEY, bytes(1025)), "hardware": signed(RFC_KEY, TABLE, hardware=b"HW-1.0b"),
             "kind": signed(RFC_KEY, TABLE, kind=1), "empty": b""}
    for name, octets in seeds.items():
        (pathlib.Path(folder) / name).write_bytes(octets)


if __name__ == "__main__":
    import sys
    write_corpus(sys.argv[1])
