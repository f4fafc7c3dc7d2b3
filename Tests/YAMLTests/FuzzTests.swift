import Foundation
import Testing
import YAML

@Suite struct FuzzTests {
    /// No message has any two characters of this that stand together.
    static let marker = "Zq7Zq9Zq8"

    private enum Choice: String, Decodable, CaseIterable { case one, two }

    private struct Settings: Decodable {
        struct Inner: Decodable {
            var samples: Int?
            var choice: Choice?
            var choices: [Choice]?
            var flag: Bool?
        }
        var a: Int?
        var b: Inner?
        var c: [UInt8]?
        var d: [String: Double]?
        var e: String?
        var f: [[String: [Int]]]?
    }

    private static let seeds = [
        "a: 1\nb:\n  samples: 5\n  choice: one\n  choices: [one, two]\n  flag: yes\nc: [1, 2]\nd:\n  x.y: 1.5\ne: M\nf:\n- k: [1]\n",
        "a: M", "M: a", "M", "- M", "- - M", "a: \"M", "a: 'M", "a: \"M\\q\"", "a: [M", "a: {M", "{M: 1",
        "[M: 1, M: 2]",
        "a: {M: 1, M: 2}", "a:\n\tM: 1", "a: \tM", "a: &M 1", "&M a: 1", "a: *M", "*M : 1", "a: !M 1",
        "a: !<M> 1",
        "!M!x a", "a: !!M 1", "%M\n--- a", "%TAG !M! M\n--- !M!a b", "%YAML M\n---\n", "%YAML 1.1 M\n---\n",
        "# M\n@",
        "a: 1 # M\n b: 2", "a: |M\n x", "a: |\n  M\n x\n", "a: >9M\n", "a: |2\n M", "a: 1\na: M",
        "M: 1\nM: 2",
        "a: M\n---\nb: M", "a: 1\n... M", "a: M: M", "a: @M", "a: `M", "a: %M", "a: M\n b: M", "? [M]\n: M",
        "? {M: M}",
        "<<: M", "<<: {M: 1}", ": M", "a: \u{0}M", "a: M\u{7}", "a:\n- M\nb", "a: M\nM", "a: \"\\xM\"",
        "a: \"\\uM\"",
        "- M\nM: 1", "a: ]M", "a: }M", "b: M", "b: [M]", "b:\n  samples: M", "b:\n  choice: M",
        "b:\n  choices: [one, M]",
        "b:\n  flag: M", "c: [1, M]", "c: M", "c: {M: M}", "d:\n  M: M", "d: [M]", "e: [M]", "e: {M: M}",
        "f: [{M: [M]}]",
        "f: [{M: {M: M}}]", "a: 0x7M", "a: 010M", "a: 1e400M", "\u{feff}M: \u{feff}M:", "a: \"M\nM",
        "--- M\n--- M",
        "a: !<tag:M", "M:\n  M:\n M:", "a: 'M'M", "a: \"M\"M", "[M]M", "{M}M", "? M\n? M\n",
    ]

    private static let pieces = [
        marker, "\n", "\n  ", " ", "\t", ": ", ":", "- ", "-", "? ", "[", "]", "{", "}", ",", "&", "*", "!",
        "|", ">", "'", "\"",
        "%", "@", "`", "#", " #", "\\", "\u{0}", "\u{85}", "\u{2028}", "\u{feff}", "---", "...", "\n---\n",
        "\n...\n", "%TAG", "%YAML",
        "<<", "~", "null", "0", "1", "1e9", "0x", "a", "b", "é", "😀", "\r", "\r\n", "a: ", "b:\n  ",
    ].map { Array($0.utf8) }

    static func check(_ bytes: [UInt8]) {
        do {
            let node = try YAMLNode(parsing: bytes)
            #expect(try YAMLNode(parsing: node.yaml()).essence == node.essence, "\(bytes)")
            _ = try YAMLDecoder().decode(Settings.self, from: node)
        } catch {
            let text = "\(error) \(String(reflecting: error))"
            let shown = zip(marker, marker.dropFirst()).contains { text.contains("\($0)\($1)") }
            #expect(!shown && error.mark != nil, "\(text) \(bytes)")
        }
    }

    @Test func noSeedShowsItsMarker() {
        for seed in Self.seeds { Self.check(Array(seed.replacing("M", with: Self.marker).utf8)) }
    }

    @Test func casesOfTheField() throws {
        let start = "stream: s\nbrokers: localhost:9092\ndimension: 4\n"
        #expect(fault(start + "kafka:\n  sasl.password: @hunter2-secret\n")?.contains("hunter2") == false)
        #expect(
            fault(start + "dimension: 5\nkafka:\n  sasl.password: hunter2-secret\n")
                == "line 4, column 1: this name stands twice in its section, first on line 3; keep one")
        let node = try YAMLNode(parsing: start + "kafka:\n  sasl.username: 007\n  sasl.password: 0123\n")
        #expect(try node["kafka"]?["sasl.password"]?.text() == "0123")
    }

    @Test func mutatedTextsNeitherCrashNorTell() {
        var (count, generator) = rounds("YAML_MUTATIONS", 5_000)
        for _ in 0..<count {
            let seed = Self.seeds.randomElement(using: &generator) ?? ""
            var bytes = Array(seed.replacing("M", with: Self.marker).utf8)
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let place = Int.random(in: 0...bytes.count, using: &generator)
                let end = min(bytes.count, place + Int.random(in: 0...8, using: &generator))
                switch Int.random(in: 0..<6, using: &generator) {
                case 0: bytes.removeSubrange(place..<end)
                case 1, 2:
                    bytes.insert(contentsOf: Self.pieces.randomElement(using: &generator) ?? [], at: place)
                case 3 where place < bytes.count: bytes[place] = .random(in: 0...255, using: &generator)
                case 4:
                    bytes.insert(
                        contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &generator)
                    )
                default:
                    let other = Self.seeds.randomElement(using: &generator) ?? ""
                    bytes.insert(contentsOf: other.replacing("M", with: Self.marker).utf8, at: place)
                }
            }
            Self.check(bytes)
        }
    }
}
