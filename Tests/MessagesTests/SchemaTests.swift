import Foundation
import Messages
import Testing

/// The examples of the schemas are read by the code, and what the schemas of samples and instructions say is refused,
/// is refused.
@Suite struct SchemaTests {
    func examples(_ name: String) throws -> [Any] {
        let examples = try schema(name)["examples"] as? [Any] ?? []
        try #require(!examples.isEmpty)
        return examples
    }

    @Test func samples() throws {
        for example in try examples("sample") {
            let outcome = SampleDecoder(dimension: 4).outcome(try bytes(ofJSON: example))
            #expect(outcome.sample != nil, "\(example): \(outcome)")
        }
    }

    @Test func frames() throws {
        for example in try examples("frame") {
            let outcome = FrameDecoder(dimension: 2).outcome(try bytes(ofJSON: example))
            #expect(outcome.frame != nil, "\(example): \(outcome)")
        }
        let refused = try schema("frame")["x-refused"] as? [[String: Any]] ?? []
        try #require(!refused.isEmpty)
        for item in refused {
            let value = try #require(item["value"])
            let outcome = FrameDecoder(dimension: 2).outcome(try bytes(ofJSON: value))
            #expect(outcome.code?.rawValue == item["code"] as? String, "\(value): \(outcome)")
        }
    }

    @Test func instructions() throws {
        for example in try examples("instruction") {
            let outcome = SampleDecoder(dimension: 4).outcome(try bytes(ofJSON: example))
            #expect(outcome.instruction != nil, "\(example): \(outcome)")
        }
    }

    @Test(arguments: ["sample", "instruction"])
    func refused(name: String) throws {
        let refused = try schema(name)["x-refused"] as? [[String: Any]] ?? []
        try #require(!refused.isEmpty)
        for item in refused {
            let value = try #require(item["value"])
            let outcome = SampleDecoder(dimension: 4).outcome(try bytes(ofJSON: value), [:])
            #expect(outcome.code?.rawValue == item["code"] as? String, "\(value): \(outcome)")
        }
    }

    @Test func predictions() throws {
        for example in try examples("prediction") {
            let read = try bytes(ofJSON: example).withUnsafeBytes { try Prediction(json: $0) }
            var again: [UInt8] = []
            read.encodeJSON(into: &again)
            #expect(
                try JSONSerialization.jsonObject(with: Data(again)) as? NSDictionary == example
                    as? NSDictionary)
        }
        let refused = try schema("prediction")["x-refused"] as? [[String: Any]] ?? []
        try #require(!refused.isEmpty)
        for item in refused {
            let value = try #require(item["value"])
            let rejection = #expect(throws: Rejection.self, "\(value)") {
                try bytes(ofJSON: value).withUnsafeBytes { _ = try Prediction(json: $0) }
            }
            #expect(rejection?.code.rawValue == item["code"] as? String, "\(value)")
        }
    }

    @Test func metrics() throws {
        for example in try examples("metrics") {
            let read = try bytes(ofJSON: example).withUnsafeBytes { try MetricsMessage(json: $0) }
            var bytes: [UInt8] = []
            read.encodeJSON(into: &bytes)
            let again = try JSONSerialization.jsonObject(with: Data(bytes))
            #expect(withoutEmptyLists(again) == withoutEmptyLists(example))
        }
        let refused = try schema("metrics")["x-refused"] as? [[String: Any]] ?? []
        try #require(!refused.isEmpty)
        for item in refused {
            let value = try #require(item["value"])
            let rejection = #expect(throws: Rejection.self, "\(value)") {
                try bytes(ofJSON: value).withUnsafeBytes { _ = try MetricsMessage(json: $0) }
            }
            #expect(rejection?.code.rawValue == item["code"] as? String, "\(value)")
        }
    }

    /// A metrics message but for the metrics that have nothing to list: which these are the examples do not say.
    private func withoutEmptyLists(_ message: Any) -> NSDictionary? {
        var message = message as? [String: Any] ?? [:]
        let metrics = message["metrics"] as? [String: Any]
        message["metrics"] = metrics?.filter { ($0.value as? [Any])?.isEmpty != true }
        return message as NSDictionary
    }

    @Test func deadLetters() throws {
        for example in try examples("dead-letter-headers") {
            let headers = try #require(example as? [String: String])
            let letter = try #require(
                DeadLetter(headers: headers.map { MessageHeader(name: $0.key, text: $0.value) }))
            #expect(RejectionCode.allCases.contains { $0.rawValue == letter.code })
        }
    }
}
