import Foundation
import TestSupport
import Testing
import YAML

@Suite struct RoundTripTests {
    private struct Record: Codable {
        var text: String
        var texts: [String: String]
        var number: Double
        var single: Float
        var whole: Int64
        var flag: Bool
        var list: [Record]
        var maybe: String?
    }

    private static func text(_ generator: inout SplitMix64) -> String {
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: return hardTexts.randomElement(using: &generator) ?? ""
        case 1:
            let pieces = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
                hardTexts.randomElement(using: &generator) ?? ""
            }
            return pieces.joined()
        case 2:
            let characters = Array(" \t\n\r:#-?,[]{}&*!|>'\"%@`\\01.eE_xa~\u{85}\u{2028}\u{feff}\u{0}é😀")
            return String(
                (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                    characters.randomElement(using: &generator) ?? " "
                })
        default:
            let scalars = (0..<Int.random(in: 0...8, using: &generator)).compactMap { _ in
                Unicode.Scalar(
                    UInt32.random(
                        in: 0...0x10ffff >> Int.random(in: 0...13, using: &generator), using: &generator))
            }
            return String(String.UnicodeScalarView(scalars))
        }
    }

    private static func node(_ generator: inout SplitMix64, depth: Int) -> YAMLNode {
        let count = Int.random(in: 0...4, using: &generator)
        switch Int.random(in: 0..<(depth > 5 ? 3 : 6), using: &generator) {
        case 0:
            return YAMLNode(
                .scalar(
                    ["null", "1", "-1.5e+07", "true", "010", "~"].randomElement(using: &generator) ?? "",
                    isPlain: true))
        case 1, 2: return YAMLNode(.scalar(text(&generator), isPlain: false))
        case 3: return YAMLNode(.list((0..<count).map { _ in node(&generator, depth: depth + 1) }))
        default:
            var seen: Set<String> = []
            let names = (0..<count).map { _ in text(&generator).asName }.filter { seen.insert($0).inserted }
            return YAMLNode(
                .section(names.map { YAMLNode.Entry(name: $0, value: node(&generator, depth: depth + 1)) }))
        }
    }

    private static func record(_ generator: inout SplitMix64, depth: Int = 0) -> Record {
        let count = Int.random(in: 0...(depth > 3 ? 0 : 3), using: &generator)
        // One, as the order of several in a dictionary is not the same each time.
        let pairs = (0..<1).map { _ in (text(&generator).asName, text(&generator)) }
        let number = Double(bitPattern: generator.next())
        let single = Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &generator))
        return Record(
            text: text(&generator), texts: Dictionary(pairs) { first, _ in first },
            number: number.isFinite ? number : 0, single: single.isFinite ? single : 0,
            whole: Int64(bitPattern: generator.next()), flag: .random(using: &generator),
            list: (0..<count).map { _ in record(&generator, depth: depth + 1) },
            maybe: .random(using: &generator) ? text(&generator) : nil)
    }

    @Test func everyHardTextComesBack() throws {
        for text in hardTexts {
            let node = YAMLNode(
                .section([
                    .init(name: text.asName, value: YAMLNode(.scalar(text, isPlain: false))),
                    .init(
                        name: "x" + text.asName,
                        value: YAMLNode(
                            .list([
                                YAMLNode(.scalar(text, isPlain: false)),
                                YAMLNode(.section([.init(name: text.asName, value: YAMLNode(.list([])))])),
                            ]))),
                ]))
            #expect(try YAMLNode(parsing: node.yaml()).essence == node.essence, "\(text.debugDescription)")
            let root = YAMLNode(.scalar(text, isPlain: false))
            #expect(try YAMLNode(parsing: root.yaml()).essence == root.essence, "\(text.debugDescription)")
        }
    }

    @Test func everyCharacterComesBack() throws {
        let scalars = (0...0x10ffff as ClosedRange<UInt32>).filter {
            $0 < 0x3000 || $0 % 251 == 0 || $0 & 0xffff > 0xfff0
        }
        let texts = scalars.compactMap(Unicode.Scalar.init).map { "a\($0)\($0)b \($0)" }
        let node = YAMLNode(.list(texts.map { YAMLNode(.scalar($0, isPlain: false)) }))
        #expect(try YAMLNode(parsing: node.yaml()).essence == node.essence)
    }

    @Test func randomTreesComeBack() throws {
        var (count, generator) = rounds("YAML_TREES", 1_000)
        for round in 0..<count {
            let node = Self.node(&generator, depth: 0)
            let text = node.yaml()
            let back = try YAMLNode(parsing: text)
            guard back.essence == node.essence else {
                Issue.record("round \(round): \(text.debugDescription)")
                return
            }
            #expect(back.yaml() == text)
        }
    }

    @Test func randomValuesComeBack() throws {
        var (count, generator) = rounds("YAML_VALUES", 200)
        for round in 0..<count {
            let record = Self.record(&generator)
            let node = try YAMLEncoder().encode(record)
            let back = try YAMLDecoder().decode(Record.self, from: YAMLNode(parsing: node.yaml()))
            // A tree keeps bytes, signs of zero and order, which == of the values would not.
            guard try YAMLEncoder().encode(back).essence == node.essence else {
                Issue.record("round \(round): \(node.yaml().debugDescription)")
                return
            }
        }
    }

    @Test func deepTreesAreWritten() throws {
        var node = YAMLNode(.scalar("a", isPlain: true))
        for _ in 0..<31 { node = YAMLNode(.section([.init(name: "a", value: node)])) }
        let within = YAMLNode(.list([node]))
        #expect(try YAMLNode(parsing: within.yaml()).essence == within.essence)
        #expect(fault(YAMLNode(.list([within])).yaml())?.contains("too deep") == true)
    }

    /// Writes random trees and what they mean for another reader, see the report.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["YAML_OTHER"] != nil))
    func writesFilesForAnotherReader() throws {
        func json(_ node: YAMLNode) throws -> Any {
            switch node.content {
            case .scalar(let text, let isPlain):
                if node.isNull { return NSNull() }
                if !isPlain { return text }
                return ["plain": text]
            case .list(let elements): return ["list": try elements.map(json)]
            case .section(let entries):
                return ["section": try entries.map { [$0.name, try json($0.value)] as [Any] }]
            }
        }
        let folder = ProcessInfo.processInfo.environment["YAML_OTHER"] ?? ""
        var (count, generator) = rounds("YAML_TREES", 1_000)
        for round in 0..<count {
            let node =
                round < hardTexts.count
                ? YAMLNode(
                    .section([
                        .init(
                            name: hardTexts[round].asName,
                            value: YAMLNode(.scalar(hardTexts[round], isPlain: false))
                        )
                    ]))
                : Self.node(&generator, depth: 0)
            try Data(node.yaml().utf8).write(to: URL(filePath: "\(folder)/\(round).yaml"))
            try JSONSerialization.data(withJSONObject: json(node), options: .fragmentsAllowed)
                .write(to: URL(filePath: "\(folder)/\(round).json"))
        }
    }
}
