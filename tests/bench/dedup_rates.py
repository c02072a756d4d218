"""Fingerprints a second on one core, beside SHA-256 of the same texts in the same run."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from time import process_time

from comity.dedup.fingerprint import fingerprint_of_pattern
from comity.errors import InvalidObjectError

ROUNDS = 3
SIMPLE = 40_000


def simple() -> list[str]:
    """Return plain patterns of four kinds in equal parts."""
    makers: tuple[Callable[[int], str], ...] = (
        lambda n: f"[domain-name:value = 'drop{n}.lantern-sync.example']",
        lambda n: f"[ipv4-addr:value = '198.51.{n >> 8 & 255}.{n & 255}']",
        lambda n: f"[file:hashes.'SHA-256' = '{n:064x}']",
        lambda n: f"[url:value = 'http://a{n}.example/gate/panel.php?id={n}']",
    )
    return [makers[number % 4](number) for number in range(SIMPLE)]


def three_hashes() -> list[str]:
    """Return patterns that know a file by any of three hashes."""
    kinds = "[file:hashes.MD5 = '{0:032x}' OR file:hashes.'SHA-1' = '{0:040x}' OR file:hashes.'SHA-256' = '{0:064x}']"
    return [kinds.format(number) for number in range(SIMPLE // 8)]


def complex_ones() -> list[str]:
    """Return patterns with nesting, distribution and qualifiers."""
    text = (
        "[file:name = 'tide{0}.exe' AND (file:size > {0} OR file:hashes.MD5 = '{0:032x}')] "
        "FOLLOWEDBY [domain-name:value IN ('A{0}.example', 'b.example')] WITHIN 300 SECONDS"
    )
    return [text.format(number) for number in range(SIMPLE // 20)]


def hostile() -> list[str]:
    """Return patterns that make others run for minutes."""
    wide = " AND ".join(f"(a:b{n} = 1 OR a:c{n} = 1)" for n in range(200))
    steep = " AND ".join(f"([a:b{n} = 1] OR [a:c{n} = 1])" for n in range(150))
    deep = "(" * 50 + "[a:b = 1 OR a:c = 1]" + " REPEATS 2 TIMES)" * 50
    clauses = " AND ".join(f"(a:b = {n} OR a:b = {n + 1} OR a:b = {n + 7})" for n in range(150))
    long = " AND ".join(f"a:b{n} = {n}" for n in range(600))
    return [
        f"[{wide}]",
        steep,
        deep,
        f"[{clauses}]",
        f"[({long}) AND ({' OR '.join(f'c:d = {n}' for n in range(100))})]",
        " FOLLOWEDBY ".join(f"[a:b{n} = 1 OR a:c{n} = 1]" for n in range(200)),
        "([a:b = 1] OR [a:c = 1]) REPEATS 255 TIMES",
        " AND ".join(f"([a:b = 1] OR [a:c{n} = 1] REPEATS 3 TIMES)" for n in range(7)),
        "[" + " OR ".join(f"a:b = '{n}'" for n in range(4_000)) + "]",
        "[" * 60_000,
        "/**/" * 16_000,
        "[a:b = '" + "\\'" * 32_000 + "']",
        "[a:b" + "[0]" * 20_000 + " = 1]",
    ]


def seconds(work: Callable[[str], object], texts: Sequence[str]) -> float:
    """Return the best processor time that *work* took for *texts*."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = process_time()
        for text in texts:
            work(text)
        best = min(best, process_time() - start)
    return best


def reference(text: str) -> bytes:
    """Return the SHA-256 of *text*."""
    return sha256(text.encode()).digest()


def fingerprint(text: str) -> bytes | None:
    """Return the fingerprint of *text*, or nothing where it is no pattern."""
    try:
        return fingerprint_of_pattern(text)
    except InvalidObjectError:
        return None


def main() -> None:
    """Print rates, each with its ratio to the reference."""
    for name, texts in (("simple", simple()), ("three hashes", three_hashes()), ("complex", complex_ones())):
        took, plain = seconds(fingerprint_of_pattern, texts), seconds(reference, texts)
        print(f"{name:13} {len(texts) / took:9,.0f} patterns/s   {took / plain:6.1f} x SHA-256")
    slowest, text = max((seconds(fingerprint, [text]), text) for text in hostile())
    unit = seconds(reference, [text] * 100) / 100
    print(f"worst hostile {slowest * 1000:9.1f} ms           {slowest / unit:6.0f} x SHA-256   {text[:40]!r}")


if __name__ == "__main__":
    main()
