import Foundation
import Messages
import Streaming
import Testing

/// Messages that their topic does not take.
@Suite struct OutputLimitTests {
    @Test(
        "A dead letter is cut to what fits, with its key, its account and how long it was",
        arguments: [10, 900])
    func deadLetter(limit: Int) throws {
        let stream = QuietStream()
        let configuration = try stream.configuration()
        stream.largest[configuration.topics.deadLetters] = limit
        let bad = Array("no sample ".utf8) + Array(repeating: UInt8(ascii: "x"), count: 990)
        for sample in stream.samples(0..<20) { stream.log.produce(QuietStream.json(sample)) }
        stream.log.produce(bad)
        try stream.run(configuration) { stream.outputs.contains { $0.topic.hasSuffix(".dlq") } }
        let letter = try #require(stream.outputs.first { $0.topic.hasSuffix(".dlq") })
        let value = try #require(letter.value)
        #expect(value.count <= limit && value.count > limit / 4 && value == Array(bad.prefix(value.count)))
        #expect(letter.key == Array("key 20".utf8))
        let headers = letter.headers.map { MessageHeader(name: $0.name, value: $0.value) }
        #expect(headers.count { $0.name == "weir_cut_from_bytes" } == 1)
        #expect(headers.last?.value == Array("1000".utf8))
        #expect(DeadLetter(headers: headers)?.source.offset == 20)
    }

    @Test("Metrics are sent without the classes' own, or left out; they end nothing", arguments: [1, 3_000])
    func metrics(limit: Int) throws {
        let stream = QuietStream()
        let configuration = try stream.configuration { $0.metrics.intervalSeconds = 0.1 }
        for number in 0..<200 {
            var sample = stream.samples(number..<(number + 1))[0]
            sample.label = "class \(number % 40)"
            stream.log.produce(QuietStream.json(sample))
        }
        try stream.run(configuration) { stream.answered >= 200 }
        let whole = try #require(stream.outputs.last { $0.topic.hasSuffix(".metrics") }?.value)
        #expect(whole.count > 4_000)
        stream.largest[configuration.topics.metrics] = limit == 1 ? 1 : whole.count - 1
        let before = stream.outputs.count
        stream.log.produce(QuietStream.json(stream.samples(300..<301)[0]))
        try stream.run(configuration) { stream.answered >= 201 }
        let sent = stream.outputs[before...].filter { $0.topic.hasSuffix(".metrics") }
        let messages = try sent.map { try ($0.value ?? []).withUnsafeBytes { try MetricsMessage(json: $0) } }
        #expect(messages.isEmpty == (limit == 1))
        #expect(messages.allSatisfy { $0.perClass.isEmpty && $0.recordCount > 0 })
        #expect(stream.answered == 201)
    }
}
