// EXERCISE rules, made up
import "pe"

private rule is_small { condition: filesize < 100KB }

rule Tidewater : exercise
{
    meta:
        description = "A brace } in a string, and \"quotes\""
        reference = "https://report.example/tide"
    strings:
        $a = "tide }" ascii
        $b = { 4D 5A ?? ( 90 | 91 ) }
        $c = /lantern\/[0-9]{1,3}}/ nocase
    condition:
        is_small and any of them /* } */
}

rule Lantern { condition: pe.is_pe }

rule Unfinished { condition: true
