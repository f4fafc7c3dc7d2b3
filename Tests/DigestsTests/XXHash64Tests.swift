import Digests
import Testing

@Suite struct XXHash64Tests {
    private func hash(_ bytes: [UInt8], _ seed: UInt64) -> UInt64 {
        bytes.withUnsafeBytes { XXHash64.hash($0, seed: seed) }
    }

    /// Made with the reference implementation (Python package xxhash, `xxh64(...).hexdigest()`).
    @Test func givesTheVectorsOfTheReferenceImplementation() {
        let golden = 0x9E37_79B9_7F4A_7C15 as UInt64
        let vectors: [(text: String, seed: UInt64, hash: UInt64)] = [
            ("", 0, 0xef46_db37_51d8_e999), ("", 1, 0xd5af_ba13_36a3_be4b),
            ("", golden, 0xc434_9fc9_3c01_0000),
            ("a", 0, 0xd24e_c4f1_a98c_6e5b), ("a", golden, 0x9a7c_6d2e_a455_68c9),
            ("abc", 0, 0x44bc_2cf5_ad77_0999), ("abc", 1, 0xbea9_ca81_9932_8908),
            ("digit-0000", 0, 0xca5c_0a98_be21_3906), ("digit-0000", golden, 0x8454_8fe1_1843_3d82),
            ("digit-0001", 1, 0xb586_8343_6d29_528f),
            ("Nobody inspects the spammish repetition", 0, 0xfbce_a83c_8a37_8bf1),
            ("Nobody inspects the spammish repetition", 1, 0x43f4_2544_8d95_4db6),
        ]
        for vector in vectors {
            #expect(hash(Array(vector.text.utf8), vector.seed) == vector.hash, "\(vector.text)")
        }
        // 101 bytes: three rounds of lanes, then a word of four and one byte.
        #expect(hash(Array(0...100), 0) == 0xe990_3849_5f85_381e)
        #expect(hash(Array(0...100), 1) == 0x4364_9992_8c06_f890)
        #expect(hash(Array(0...100), golden) == 0x843d_211d_892e_a64a)
    }
}
