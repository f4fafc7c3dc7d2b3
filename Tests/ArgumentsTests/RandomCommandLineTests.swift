import Arguments
import Foundation
import TestSupport
import Testing

/// Any words at all: nothing crashes, and right ones are understood. `ARGUMENTS_TEST_RUNS` sets the number of command
/// lines, `ARGUMENTS_TEST_SEED` repeats a run.
struct RandomCommandLineTests {
    private let runs: Int
    private let seed: UInt64

    init() {
        let environment = ProcessInfo.processInfo.environment
        runs = environment["ARGUMENTS_TEST_RUNS"].flatMap { Int($0) } ?? 2_000
        seed = environment["ARGUMENTS_TEST_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...999_999_999)
        print("ARGUMENTS_TEST_SEED=\(seed)")
    }

    private static let vocabulary = [
        "add", "list", "remote", "fetch", "push", "help", "--help", "-h", "--version", "--", "-", "", "=",
        "--=", "-=",
        "--level", "--level=", "-l", "-l=", "-lvq", "-vql", "--order", "by-name", "--methods", "zstd",
        "--tag", "a:b",
        "--time-shift", "-3", "-1e999", "nan", "--verbose=yes", "--column", "x", "--file=y", "--all",
        "--generate-completion-script", "bash", "--generate-completion-script=zsh", "\u{301}", "--\u{301}",
        "-\u{301}x",
    ]

    private static func word(_ random: inout SplitMix64) -> String {
        switch Int.random(in: 0..<10, using: &random) {
        case 0:
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                UInt8.random(in: 1...255, using: &random)
            }
            return String(decoding: bytes, as: UTF8.self)
        case 1:
            let scalars = (0..<Int.random(in: 0...12, using: &random)).compactMap { _ in
                Unicode.Scalar(UInt32.random(in: 1...0x10FFFF, using: &random))
            }
            return random.pick(["", "-", "--"]) + String(String.UnicodeScalarView(scalars))
        case 2: return random.pick(vocabulary) + random.pick(vocabulary)
        default: return random.pick(vocabulary)
        }
    }

    @Test func nothingCrashesIt() {
        var random = SplitMix64(seed: seed)
        for _ in 0..<runs {
            let words = (0..<Int.random(in: 0...9, using: &random)).map { _ in Self.word(&random) }
            let columns = Int.random(in: 40...110, using: &random)
            let response = Pack.program(columns: columns).respond(to: words)
            #expect([ExitCode.success, .validationFailure].contains(response.code), "\(words), seed \(seed)")
            #expect(response == Pack.program(columns: columns).respond(to: words), "\(words), seed \(seed)")
            guard response.code == .validationFailure else { continue }
            #expect(
                response.text.hasPrefix("Error: ") && response.text.contains("\n  See 'pack"), "seed \(seed)")
            #expect(
                !response.text.unicodeScalars.contains {
                    $0 != "\n"
                        && ($0.properties.generalCategory == .control
                            || $0.properties.generalCategory == .format)
                }, "\(words), seed \(seed)")
            #expect(response.text.unicodeScalars.count < 3_000, "seed \(seed)")
        }
    }

    @Test func rightOnesAreUnderstood() throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<(runs / 4) {
            let level = Int.random(in: -20...20, using: &random)
            let saving = Double.random(in: -1...1, using: &random)
            let order = random.pick(Array(Pack.Order.allCases))
            let methods = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                random.pick(Array(Pack.Method.allCases))
            }
            let tags = (0..<Int.random(in: 0...3, using: &random)).map { _ in
                "t\(Int.random(in: 0...9, using: &random))"
            }
            let file = random.pick(["f", "", "-", "ü=ü", "a b"])
            func either(_ name: String, _ value: String) -> [String] {
                random.pick([["--\(name)", value], ["--\(name)=\(value)"]])
            }
            var groups = [
                random.pick([
                    ["-l", "\(level)"], ["-l\(level)"], ["-vl\(level)"], either("level", "\(level)"),
                ]),
                either("saving", "\(saving)"), either("order", order.rawValue), either("file", file),
                ["--methods"] + methods.map(\.rawValue) + ["--quiet"],
            ]
            groups += tags.map { ["--tag", $0] }
            groups.shuffle(using: &random)
            // In random order, but tags keep theirs among each other.
            var remaining = tags[...]
            groups = groups.map { $0[0] == "--tag" ? ["--tag", remaining.popFirst() ?? ""] : $0 }
            groups.insert(["source"], at: Int.random(in: 0...groups.count, using: &random))
            let words = ["add"] + groups.flatMap { $0 }
            let add = try Pack.parse(words)
            let isRight =
                add.source == "source" && add.newName == nil && add.level == level && add.saving == saving
                && add.order == order && add.methods == methods && add.tag == tags && add.store.file == file
                && add.quiet && add.verbose == words.contains { $0.hasPrefix("-vl") }
            #expect(isRight, "\(words), seed \(seed)")
        }
    }

    @Test func manyAndHugeWordsAreRead() throws {
        let huge = String(repeating: "é", count: 1_000_000)
        #expect(try Pack.parse(["add", huge]).source == huge)
        let tags = (0..<20_000).flatMap { ["--tag", "\($0)"] }
        #expect(try Pack.parse(["add", "a"] + tags).tag.count == 20_000)
        let response = Pack.program().respond(to: ["add"] + Array(repeating: "x", count: 100_000))
        #expect(response.text.hasPrefix("Error: 99998 unexpected arguments: 'x', 'x', 'x', 'x', 'x', …\n"))
        #expect(Pack.program().respond(to: ["--" + huge]).code == .validationFailure)
        #expect(
            Pack.program().respond(to: ["add", "-" + String(repeating: "v", count: 100_000), "a"]).code
                == .success)
    }
}

extension SplitMix64 {
    fileprivate mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &self)]
    }
}
