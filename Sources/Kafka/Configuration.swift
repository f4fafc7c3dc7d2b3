import CRdKafka

/// Turns properties into a librdkafka client, and keeps secrets out of what is said when that fails.
struct Configuration: ~Copyable {
    private let pointer: OpaquePointer
    private let secrets: Secrets
    /// Whether librdkafka's log is to be printed. It writes to standard error on its own; what matters comes as errors
    /// and events.
    let isLogWanted: Bool
    private var isTaken = false

    /// - Parameter defaults: used for what `properties` does not name.
    init(properties: [String: String], defaults: [String: String]) throws {
        pointer = rd_kafka_conf_new()
        secrets = Secrets(in: properties)
        isLogWanted = properties["debug"] != nil || properties["log_level"] != nil
        if !isLogWanted { rd_kafka_conf_set_log_cb(pointer, nil) }
        for (name, value) in defaults.merging(properties, uniquingKeysWith: { $1 }).sorted(by: {
            $0.key < $1.key
        }) {
            guard rd_kafka_conf_set(pointer, name, value, nil, 0) != RD_KAFKA_CONF_OK else { continue }
            let reason =
                switch ClientProperty.fault(name: name, value: value) {
                case .value(let range):
                    "its value (not shown) is refused" + (range.map { "; the range is \($0)" } ?? "")
                default: "librdkafka \(String(cString: rd_kafka_version_str())) knows no such property"
                }
            throw KafkaError(
                RD_KAFKA_RESP_ERR__INVALID_ARG, "property \"\(name)\"", reason: reason)
        }
    }

    deinit {
        if !isTaken { rd_kafka_conf_destroy(pointer) }
    }

    func set(_ change: (OpaquePointer) -> Void) { change(pointer) }

    /// Makes the client, which then owns the configuration.
    mutating func makeClient(_ type: rd_kafka_type_t) throws -> OpaquePointer {
        var text = [CChar](repeating: 0, count: 512)
        guard let client = rd_kafka_new(type, pointer, &text, text.count) else {
            let reason = secrets.removed(from: KafkaError.string(text))
            let kind = type == RD_KAFKA_PRODUCER ? "producer" : "consumer"
            throw KafkaError(RD_KAFKA_RESP_ERR__INVALID_ARG, "the \(kind) cannot be made", reason: reason)
        }
        isTaken = true
        return client
    }
}
