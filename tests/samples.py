"""The least that an object of each STIX 2.1 type must have, beside the common properties of all (STIX 2.1, 4 to 7)."""

from collections.abc import Mapping
from typing import Any

UUID = "26ce0c2d-18ff-4ef8-bc73-1d115824a502"
TIME = "2026-01-05T10:00:00.000Z"
MARKED = {"spec_version": "2.1", "created": TIME, "modified": TIME}
MINIMAL: Mapping[str, Mapping[str, Any]] = {
    "attack-pattern": {"name": "x"},
    "campaign": {"name": "x"},
    "course-of-action": {"name": "x"},
    "grouping": {"context": "unspecified", "object_refs": [f"tool--{UUID}"]},
    "identity": {"name": "x"},
    "incident": {"name": "x"},
    "indicator": {"pattern": "[url:value = 'http://a.example/']", "pattern_type": "stix", "valid_from": TIME},
    "infrastructure": {"name": "x"},
    "intrusion-set": {"name": "x"},
    "location": {"country": "xa"},
    "malware": {"is_family": False},
    "malware-analysis": {"product": "x", "result": "benign"},
    "note": {"content": "x", "object_refs": [f"tool--{UUID}"]},
    "observed-data": {
        "first_observed": TIME,
        "last_observed": TIME,
        "number_observed": 1,
        "object_refs": [f"url--{UUID}"],
    },
    "opinion": {"opinion": "neutral", "object_refs": [f"tool--{UUID}"]},
    "report": {"name": "x", "published": TIME, "object_refs": [f"tool--{UUID}"]},
    "threat-actor": {"name": "x"},
    "tool": {"name": "x"},
    "vulnerability": {"name": "x"},
    "relationship": {"relationship_type": "uses", "source_ref": f"campaign--{UUID}", "target_ref": f"tool--{UUID}"},
    "sighting": {"sighting_of_ref": f"indicator--{UUID}"},
    "language-content": {"object_ref": f"tool--{UUID}", "contents": {"de": {"name": "y"}}},
    "extension-definition": {
        "name": "x",
        "schema": "x",
        "version": "1.0.0",
        "extension_types": ["property-extension"],
        "created_by_ref": f"identity--{UUID}",
    },
}
OBSERVABLES: Mapping[str, Mapping[str, Any]] = {
    "artifact": {"payload_bin": "YWJj"},
    "autonomous-system": {"number": 64496},
    "directory": {"path": "/a"},
    "domain-name": {"value": "a.example"},
    "email-addr": {"value": "a@a.example"},
    "email-message": {"is_multipart": False},
    "file": {"name": "a"},
    "ipv4-addr": {"value": "192.0.2.1"},
    "ipv6-addr": {"value": "2001:db8::1"},
    "mac-addr": {"value": "02:00:00:00:00:01"},
    "mutex": {"name": "a"},
    "network-traffic": {"protocols": ["tcp"], "src_ref": f"ipv4-addr--{UUID}"},
    "process": {"pid": 1},
    "software": {"name": "a"},
    "url": {"value": "http://a.example/"},
    "user-account": {"user_id": "a"},
    "windows-registry-key": {"key": "HKEY_LOCAL_MACHINE\\a"},
    "x509-certificate": {"issuer": "a"},
}
