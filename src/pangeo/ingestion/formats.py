"""Formats that are met often and that no reader here opens: what they are, how to convert them."""

from __future__ import annotations

_PLUGIN = "or install a reader plugin (entry point 'pangeo.readers')"
_BY_HAND = "make an xarray.Dataset of it that says units and axes, and write it with to_netcdf"

# How the file begins, what it is, and what makes NetCDF of it.
_KNOWN = (
    (b"GRIB", "a GRIB file", f"convert it: cdo -f nc4 copy FILE converted.nc; {_PLUGIN}"),
    (
        b"\x00\x00\x01\x00",  # the length of a header of 64 words, which Fortran writes first
        "a PP file of the Met Office",
        f"convert it with Iris: iris.save(iris.load('FILE'), 'converted.nc'); {_PLUGIN}",
    ),
    (b"\x0e\x03\x13\x01", "an HDF4 file", f"convert it: h4toh5 FILE converted.h5; {_PLUGIN}"),
    (b"PK\x03\x04", "a zip archive", f"unpack it; where it is arrays of NumPy (.npz), {_BY_HAND}"),
    (b"\x1f\x8b", "a file compressed with gzip", "unpack it: gunzip < FILE > unpacked.nc"),
    (b"BZh", "a file compressed with bzip2", "unpack it: bunzip2 < FILE > unpacked.nc"),
)


def identify(head: bytes) -> tuple[str, str]:
    """What a file of unknown format is by its first bytes, and what to do with it."""
    start = f"starts with {head[:8]!r}"
    if not head:
        return "an empty file", "copy or download it again"
    for magic, what, conversion in _KNOWN:
        if head.startswith(magic):
            return f"{what}; it {start}", conversion
    if head.lstrip()[:1] == b"<":
        return (
            f"a web page or XML, as a server sends that wants a login; it {start}",
            "see what it says (head FILE), and download the file again",
        )
    if head.isascii() and b"\x00" not in head:
        return f"text; it {start}", f"read it (a table with pandas.read_csv), {_BY_HAND}"
    return f"a file that {start}", f"convert it to NetCDF, {_PLUGIN}"
