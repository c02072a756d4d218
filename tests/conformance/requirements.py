"""The requirements of a TAXII 2.1 server by number, with the level of each.

MUST and SHOULD are TAXII 2.1's own; HTTP is a MUST of an RFC that it makes normative; INTEROP is what clients in the
field depend on; DATA means that what was accepted comes back whole and once; ROBUST, that odd input never breaks, leaks
or corrupts; CLIENT, end to end with real client libraries.
"""

from collections.abc import Mapping

GROUPS: Mapping[str, str] = {
    "T": "transport and plain HTTP",
    "H": "content negotiation",
    "A": "authentication",
    "D": "discovery and API root",
    "C": "collections",
    "O": "objects",
    "M": "manifest",
    "F": "filters",
    "P": "pagination",
    "W": "adding objects",
    "S": "status",
    "X": "deleting objects",
    "V": "versions",
    "E": "errors",
    "Z": "hostile bodies",
    "K": "STIX content",
    "L": "real clients",
}

_BY_LEVEL: Mapping[str, str] = {
    "MUST": (
        "T-01 T-02 H-01 H-02 H-04 H-05 H-06 H-10 H-12 A-01 A-03 A-08 A-09 D-01 D-02 D-03 D-04 D-05 D-06 D-07 "
        "D-08 D-09 D-10 C-01 C-02 C-03 C-04 C-05 C-07 C-10 O-01 O-02 O-03 O-04 O-05 O-06 O-08 O-10 O-11 O-14 "
        "M-01 M-02 M-03 M-04 M-08 F-01 F-03 F-05 F-07 F-08 F-09 F-10 F-11 F-12 F-13 F-14 F-15 F-17 F-18 F-19 "
        "F-20 F-21 F-26 F-30 P-01 P-04 P-05 P-06 P-11 P-12 P-14 W-01 W-02 W-03 W-05 W-08 W-09 W-10 W-14 W-21 "
        "W-23 S-01 S-02 S-03 S-04 X-01 X-02 X-03 X-05 X-06 X-09 X-11 V-01 V-02 V-04 V-05 V-06 E-01 E-02 E-03 "
        "Z-01 Z-02 Z-03"
    ),
    "SHOULD": "T-03 T-05 H-14 A-05 A-07 M-06 P-02",
    "HTTP": "T-06 T-07 T-09 T-10 H-03 H-11 A-02 A-06 W-12 W-19 Z-08",
    "INTEROP": (
        "T-08 H-07 H-08 H-13 H-15 C-06 C-09 O-09 O-12 M-05 M-07 F-02 F-04 F-06 F-16 F-22 F-29 P-03 P-07 P-15 "
        "W-04 W-13 W-17 W-18 W-24 W-25 X-04 X-07 X-12 V-03 E-06"
    ),
    "DATA": (
        "O-07 O-15 P-09 P-10 P-13 W-06 W-07 W-15 W-20 W-22 K-01 K-02 K-03 K-04 K-05 K-06 K-07 K-08 K-09 K-10 K-11"
    ),
    "ROBUST": (
        "T-04 T-11 T-12 T-13 H-09 A-04 A-10 D-12 D-11 C-08 O-13 F-23 F-24 F-25 F-27 F-28 P-08 W-11 W-16 S-06 "
        "S-05 X-08 X-10 E-04 E-05 Z-04 Z-05 Z-06 Z-07 Z-09 Z-10 Z-11 Z-12 Z-13 Z-14 Z-15"
    ),
    "CLIENT": "L-01 L-02 L-03 L-04 L-05 L-06 L-07 L-08 L-09 L-10",
}

LEVELS: Mapping[str, str] = {number: level for level, numbers in _BY_LEVEL.items() for number in numbers.split()}
"""Number -> level."""
