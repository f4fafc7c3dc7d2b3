import Foundation
import Kafka
import Messages
import Streaming
import Tensors
import TestSupport
import Testing

/// Records that nobody should send, between good ones.
@Suite(.waiting) struct BadInputTests {
    /// How many mutated records; `WEIR_BAD_RECORDS` asks for more.
    private static let count = Int(ProcessInfo.processInfo.environment["WEIR_BAD_RECORDS"] ?? "") ?? 10_000

    private func mutate(_ stream: TestStream, _ number: Int, _ random: inout RandomGenerator) throws
        -> TestStream.Message
    {
        let sample = stream.samples((1_000_000 + number)..<(1_000_001 + number))[0]
        var message = random.below(2) == 0 ? TestStream.json(sample) : try TestStream.protobuf(sample)
        var value = message.value ?? []
        switch random.below(12) {
        case 0: value = Array(value.prefix(random.below(value.count)))
        case 1:
            for _ in 0...random.below(8) { value[random.below(value.count)] ^= UInt8(1 << random.below(8)) }
        case 2: value = []
        case 3:
            message.value = nil
            return message
        case 4: value = (0..<random.below(300)).map { _ in UInt8(random.below(256)) }
        case 5:
            message.headers = [
                Header(
                    name: "content-type",
                    text: [
                        "text/plain", "application/json", "application/x-protobuf",
                        "application/cloudevents+json",
                    ][random.below(4)])
            ]
        case 6: value = Array(#"{"id":"x","x":[1,2,3,NaN,5,6,7,8]}"#.utf8)
        case 7: value = Array(#"{"id":"x","x":[1,2,3,1e999,5,6,7,8]}"#.utf8)
        case 8:
            value = Array(
                [
                    #"{"id":7,"x":"many"}"#, #"{"x":[1,2,3,4,5,6,7,8]}"#, #"{"id":"x","x":{}}"#,
                    #"{"id":"x","x":[1],"label":{}}"#, "null", "[]",
                ][random.below(6)].utf8)
        case 9: value = Array(String(repeating: "[", count: 1 + random.below(5_000)).utf8)
        case 10:
            value =
                random.below(40) == 0
                ? [UInt8](repeating: UInt8(ascii: " "), count: 70_000) : [0xff, 0xfe, 0x7b]
        default:
            let other = random.below(value.count)
            value.swapAt(other, random.below(value.count))
            value.insert(UInt8(random.below(256)), at: other)
        }
        message.value = value
        return message
    }

    /// What the decoder by itself says of a message.
    private func rejection(of message: TestStream.Message, _ decoder: SampleDecoder) -> Rejection? {
        func decode(_ bytes: UnsafeRawBufferPointer?) -> Rejection? {
            do throws(Rejection) {
                _ = try decoder.decode(value: bytes) { name in message.headers.last { $0.name == name }?.value
                }
                return nil
            } catch {
                return error
            }
        }
        guard let value = message.value else { return decode(nil) }
        return value.withUnsafeBytes { decode($0) }
    }

    @Test("Every bad record in the dead letters with its reason, every good one answered")
    func mutatedRecords() throws {
        let seed: UInt64 = 20_231_123
        var random = RandomGenerator(seed: seed)
        let stream = try TestStream()
        let configuration = try stream.configuration {
            $0.errors.tolerance = 1
            $0.errors.recordBytes = 65_536
            // A flipped byte can make a label that nobody knows.
            $0.evaluation.classLimit = 100_000
        }
        let predictions = TopicCollector(configuration.topics.predictions, broker: stream.broker)
        let letters = TopicCollector(configuration.topics.deadLetters, broker: stream.broker)
        let service = RunningService(configuration)
        let decoder = SampleDecoder(dimension: stream.dimension, limits: SampleLimits(payloadBytes: 65_536))
        var wanted: [(message: TestStream.Message, rejection: Rejection)] = []
        var answered = 0
        var good = 0
        var bad = 0
        while bad < Self.count {
            var chunk: [TestStream.Message] = []
            for _ in 0..<500 {
                chunk.append(try mutate(stream, bad, &random))
                bad += 1
                if bad % 2 == 0 {
                    chunk.append(TestStream.json(stream.samples(good..<(good + 1))[0]))
                    good += 1
                }
            }
            for message in chunk {
                if let rejection = rejection(of: message, decoder) {
                    wanted.append((message, rejection))
                } else {
                    answered += 1
                }
            }
            try stream.send(chunk)
            // The first samples wait for the keys.
            if answered >= configuration.keys.samples { predictions.wait(for: answered) }
            letters.wait(for: wanted.count)
        }
        #expect(service.stop() == nil, "seed \(seed)")
        let answers = predictions.stop()
        #expect(answers.count == answered, "seed \(seed)")
        let found = letters.stop()
        try #require(found.count == wanted.count, "seed \(seed)")
        var offsets = Set<Int64>()
        for (letter, expected) in zip(found, wanted) {
            #expect(
                letter.value == expected.message.value && letter.key == expected.message.key, "seed \(seed)")
            #expect(
                Array(letter.headers.prefix(expected.message.headers.count)) == expected.message.headers,
                "seed \(seed)")
            let account = try #require(
                DeadLetter(headers: letter.headers.map { MessageHeader(name: $0.name, value: $0.value) }))
            #expect(
                account.code == expected.rejection.code.rawValue
                    && account.message == expected.rejection.message, "seed \(seed)")
            offsets.insert(account.source.offset)
        }
        #expect(offsets.count == wanted.count)
        let named = Set(
            answers.compactMap { output in
                try? (output.value ?? []).withUnsafeBytes { bytes throws(Rejection) in
                    try Prediction(json: bytes)
                }.sampleID
            })
        #expect((0..<good).allSatisfy { named.contains("id-\($0)") }, "seed \(seed)")
        #expect(wanted.count > Self.count / 2, "most mutations must do harm, or this tests little")
    }
}
