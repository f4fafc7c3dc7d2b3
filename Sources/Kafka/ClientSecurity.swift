/// How a client is set to speak with brokers: what the cause of a fault is told from, beside librdkafka's words.
struct ClientSecurity: Sendable, Equatable {
    /// `plaintext`, `ssl`, `sasl_plaintext` or `sasl_ssl`.
    let `protocol`: String
    /// The SASL mechanism in capitals; librdkafka's default is `GSSAPI`.
    let mechanism: String
    /// Whether a client's certificate is set.
    let hasCertificate: Bool
    /// Whether an authority is set.
    let hasAuthority: Bool
    /// How many brokers are named to begin with.
    let bootstrapCount: Int

    init(properties: [String: String]) {
        `protocol` = properties["security.protocol"]?.lowercased() ?? "plaintext"
        mechanism = (properties["sasl.mechanism"] ?? properties["sasl.mechanisms"] ?? "GSSAPI").uppercased()
        hasCertificate = properties.contains {
            ($0.key.hasPrefix("ssl.certificate") || $0.key.hasPrefix("ssl.keystore")) && !$0.value.isEmpty
        }
        hasAuthority = properties.contains { $0.key.hasPrefix("ssl.ca.") && !$0.value.isEmpty }
        let servers = properties["bootstrap.servers"] ?? properties["metadata.broker.list"] ?? ""
        bootstrapCount = max(1, servers.split(separator: ",").count)
    }

    var isTLS: Bool { `protocol`.hasSuffix("ssl") }
    var isSASL: Bool { `protocol`.hasPrefix("sasl") }
    var isSCRAM: Bool { isSASL && mechanism.hasPrefix("SCRAM") }
}
