import CRdKafka

/// The librdkafka that a program runs with, and what is known of its versions.
///
/// Programs are built with the headers of one version and run with the library of another, so what counts is asked of
/// the library.
public struct ClientLibrary: Sendable, Equatable {
    /// The version as text, such as `2.0.2`.
    public let version: String
    /// The version as librdkafka counts it: `0x020002ff` for 2.0.2.
    public let number: Int32

    /// A version that is named, for what is known of it.
    public init(version: String, number: Int32) {
        self.version = version
        self.number = number
    }

    /// The library of this process.
    public static let current = ClientLibrary(
        version: String(cString: rd_kafka_version_str()), number: rd_kafka_version())

    /// Whether it is older than a release.
    public func isBefore(_ major: Int32, _ minor: Int32, _ patch: Int32) -> Bool {
        number < major << 24 | minor << 16 | patch << 8
    }

    /// Whether brokers of Kafka 4 refuse the right password by SCRAM: these versions repeat the client's nonce where
    /// the broker's belongs, which Kafka 4 compares again.
    public var isRefusedBySCRAM: Bool { isBefore(2, 6, 1) }

    /// What a person should know of this version with these properties; nothing where it makes no difference.
    public func warnings(properties: [String: String]) -> [String] {
        let security = ClientSecurity(properties: properties)
        var warnings: [String] = []
        if security.isSCRAM && isRefusedBySCRAM {
            warnings.append(
                "Kafka 4 refuses the right password by \(security.mechanism) from librdkafka before 2.6.1; run with a newer librdkafka, or use PLAIN over TLS or a client's certificate"
            )
        }
        if security.isSASL && security.mechanism == "GSSAPI" && isBefore(2, 11, 0) {
            warnings.append(
                "Kafka 4.0.0 refuses Kerberos from librdkafka before 2.11; Kafka 4.0.1 and newer do not")
        }
        if properties["group.protocol"]?.lowercased() == "consumer" && isBefore(2, 12, 0) {
            warnings.append("group.protocol consumer is finished from librdkafka 2.12 on; use classic")
        }
        return warnings
    }
}
