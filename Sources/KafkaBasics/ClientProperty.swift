import CRdKafka

/// What librdkafka says of a property of a client, without a client.
public enum ClientProperty {
    /// Why a property cannot be set, or that it can.
    public enum Fault: Sendable, Equatable {
        /// The library has no property of this name.
        case unknown
        /// The library does not take the value. What it takes is said where that is a range, as `0..300000`.
        case value(range: String?)
    }

    /// Whether a property holds what nobody should see.
    public static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return ["password", "secret", "token", "pem", "sasl.jaas", "credential", "oauthbearer.config"]
            .contains { name.contains($0) }
    }

    /// What is wrong with a property; nil when nothing is.
    public static func fault(name: String, value: String) -> Fault? {
        guard let configuration = rd_kafka_conf_new() else { return nil }
        defer { rd_kafka_conf_destroy(configuration) }
        var text = [CChar](repeating: 0, count: 512)
        switch rd_kafka_conf_set(configuration, name, value, &text, text.count) {
        case RD_KAFKA_CONF_OK: return nil
        case RD_KAFKA_CONF_UNKNOWN: return .unknown
        default:
            // The library repeats the value, so of its sentence only the range is taken.
            let parts = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
                .split(separator: "allowed range ")
            let range = parts.count > 1 ? parts.last?.prefix { "0123456789.-".contains($0) } : nil
            return .value(range: range.map(String.init))
        }
    }

    /// The names of the properties that have a value when nothing is set, to suggest one of them.
    public static var names: [String] {
        guard let configuration = rd_kafka_conf_new() else { return [] }
        defer { rd_kafka_conf_destroy(configuration) }
        var count = 0
        guard let pairs = rd_kafka_conf_dump(configuration, &count) else { return [] }
        defer { rd_kafka_conf_dump_free(pairs, count) }
        return stride(from: 0, to: count, by: 2).compactMap { index in
            pairs[index].map { String(cString: $0) }
        }
            // These have no value of their own, and are what most people set first.
            + [
                "sasl.username", "sasl.password", "ssl.ca.location", "ssl.certificate.location",
                "ssl.key.location", "ssl.key.password",
            ]
    }
}
