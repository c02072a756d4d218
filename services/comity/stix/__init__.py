"""STIX 2.1: objects parsed, labelled and compared as bytes come in, and the few objects that Comity authors itself."""
