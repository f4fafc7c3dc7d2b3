import Digests
import Testing

@Suite struct DigestTests {
    @Test("FIPS 180-4's example, whole and in pieces")
    func sha256() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        let whole = SHA256()
        whole.update(Array("abc".utf8))
        #expect(whole.hexadecimal() == expected)
        let pieces = SHA256()
        pieces.update(Array("a".utf8))
        _ = pieces.bytes()
        pieces.update(Array("bc".utf8))
        #expect(pieces.hexadecimal() == expected)
    }

    @Test("Version 5 UUIDs as Python's uuid5 gives them")
    func nameUUID() {
        #expect(NameUUID(prefix: "weir:test/").uuid(of: "abc/0/1") == "a1d2fadb-56e9-586d-a752-cbe3e35eaac5")
    }
}
