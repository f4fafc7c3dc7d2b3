import CRdKafka

/// Why a broker cannot be spoken with, and what a person can do about it.
///
/// librdkafka says the cause only in words, in its log and in errors that belong to no call; the call that waits ends
/// with "transport failure" or "timed out". This reads the words, of librdkafka 2.0 to 2.16.
public struct ConnectionFault: Sendable, Equatable, CustomStringConvertible {
    /// What kind of fault it is.
    public enum Cause: String, Sendable {
        /// User name, password or token are refused.
        case credentials
        /// The broker does not take the SASL mechanism.
        case mechanism
        /// SASL is spoken where none is known.
        case noSASL
        /// No SASL is spoken where it seems to be asked for.
        case wantsSASL
        /// The broker's certificate is not trusted.
        case authority
        /// The broker does not take the client's certificate, or there is none.
        case clientCertificate
        /// TLS is spoken with a listener that does not.
        case noTLS
        /// No TLS is spoken where it seems to be asked for.
        case wantsTLS
        /// Nobody listens there.
        case refused
        /// The host's name is not known.
        case unresolved
        /// Nobody answers in time.
        case unreachable
        /// The broker closed a connection that was well.
        case closed
        /// Something else; librdkafka's words say it.
        case other
    }

    /// Host and port.
    public let broker: String
    /// What kind of fault it is.
    public let cause: Cause
    /// What is wrong, on one line.
    public let message: String
    /// What a person can do about it.
    public let advice: String

    /// Whether it may pass without anything being changed here: a broker that is away comes back, a wrong password
    /// stays wrong.
    public var passes: Bool {
        switch cause {
        case .credentials, .mechanism, .noSASL, .authority, .clientCertificate: false
        default: true
        }
    }

    /// The whole of it on one line.
    public var description: String { "\(message). \(advice)" }

    /// librdkafka's code for this kind of fault.
    var code: rd_kafka_resp_err_t {
        switch cause {
        case .credentials, .mechanism, .noSASL: RD_KAFKA_RESP_ERR__AUTHENTICATION
        case .authority, .clientCertificate: RD_KAFKA_RESP_ERR__SSL
        case .unresolved: RD_KAFKA_RESP_ERR__RESOLVE
        default: RD_KAFKA_RESP_ERR__TRANSPORT
        }
    }

    /// Reads what librdkafka said of a connection, in its log or in an error.
    ///
    /// - Parameters:
    ///   - text: `sasl_ssl://host:9093/bootstrap: SASL authentication error: … (after 304ms in state AUTH_REQ)`.
    ///   - properties: the client's.
    ///   - library: with which librdkafka it speaks.
    /// - Returns: nil when the text names no broker.
    public init?(said text: String, properties: [String: String], library: ClientLibrary = .current) {
        self.init(said: text, security: ClientSecurity(properties: properties), library: library)
    }

    init?(said text: String, security: ClientSecurity, library: ClientLibrary) {
        guard let words = ConnectionWords(text) else { return nil }
        broker = words.broker
        cause = Self.cause(words, security)
        (message, advice) = Self.explanation(cause, words, security, library)
    }

    private static func cause(_ words: ConnectionWords, _ security: ClientSecurity) -> Cause {
        if words.has("mechanism handshake failed") {
            return words.has("not valid in current sasl state") ? .noSASL : .mechanism
        }
        if words.has("sasl authentication error") || words.has("authentication failed") {
            return .credentials
        }
        if words.has("certificate verify failed") { return .authority }
        if words.has("alert bad certificate") || words.has("alert certificate")
            || words.has("alert unknown ca")
            || words.has("certificate required")
        {
            return .clientCertificate
        }
        if words.has("failed to resolve") { return .unresolved }
        if words.has("connection refused") { return .refused }
        if words.has("timed out") || words.has("no route to host") || words.has("unreachable") {
            return .unreachable
        }
        if words.state == "SSL_HANDSHAKE" {
            return [
                "unexpected eof", "wrong version number", "closed by peer", "disconnected", "reset by peer",
            ]
            .contains { words.has($0) } ? .noTLS : .other
        }
        guard words.isClosing else { return .other }
        // A listener that expects something else closes at the first request; one that was well for a while goes down.
        guard words.milliseconds < 1_000 else { return .closed }
        switch words.state {
        case "APIVERSION_QUERY": return security.isTLS ? .closed : .wantsTLS
        case "UP": return security.isSASL ? .closed : .wantsSASL
        default: return .closed
        }
    }

    private static func explanation(
        _ cause: Cause, _ words: ConnectionWords, _ security: ClientSecurity, _ library: ClientLibrary
    ) -> (message: String, advice: String) {
        let broker = words.broker
        let sasl = security.isTLS ? "sasl_ssl" : "sasl_plaintext"
        switch cause {
        case .credentials where security.isSCRAM && library.isRefusedBySCRAM:
            return (
                "\(broker) refuses \(security.mechanism) of librdkafka \(library.version), as Kafka 4 does with the right password too",
                "Run with librdkafka 2.6.1 or newer, or use PLAIN over TLS or a client's certificate; with a broker before Kafka 4 check sasl.username and sasl.password."
            )
        case .credentials where security.mechanism == "PLAIN" || security.isSCRAM:
            return (
                "\(broker) refuses the user name or the password (\(security.mechanism))",
                "Check sasl.username and sasl.password, and that the user exists for this mechanism."
            )
        case .credentials:
            return (
                "\(broker) refuses this client by \(security.mechanism): \(words.said)",
                "Check the sasl.* properties."
            )
        case .mechanism:
            let offered = words.mechanisms.map { "; it takes \($0)" } ?? ""
            return (
                "\(broker) does not take sasl.mechanism \(security.mechanism)\(offered)",
                "Set sasl.mechanism to one that the broker takes."
            )
        case .noSASL:
            return (
                "\(broker) speaks no SASL on this port",
                "Set security.protocol to \(security.isTLS ? "ssl" : "plaintext"), or name the port of the listener with SASL."
            )
        case .wantsSASL:
            return (
                "\(broker) closes the connection at the first request; it may ask for SASL",
                "Set security.protocol to \(sasl) with sasl.mechanism, sasl.username and sasl.password, or name the port of a listener without SASL."
            )
        case .authority:
            return (
                "the certificate of \(broker) is not trusted: "
                    + (security.hasAuthority
                        ? "the authority in ssl.ca.location did not sign it, it has expired, or it is for another host name"
                        : "no authority that this system knows signed it, and no ssl.ca.location is set"),
                "Set ssl.ca.location to the file of the authority that signed the broker's certificate, and name the broker as the certificate does."
            )
        case .clientCertificate:
            return security.hasCertificate
                ? (
                    "\(broker) refuses this client's certificate",
                    "Check that ssl.certificate.location has not expired and is signed by an authority that the broker trusts."
                )
                : (
                    "\(broker) asks for a client's certificate, and none is set",
                    "Set ssl.certificate.location and ssl.key.location, or ssl.keystore.location."
                )
        case .noTLS:
            return (
                "\(broker) does not answer TLS; it may be a listener without TLS",
                "Set security.protocol to \(security.isSASL ? "sasl_plaintext" : "plaintext"), or name the port of the listener with TLS."
            )
        case .wantsTLS:
            return (
                "\(broker) closes the connection at the first request; it may be a listener with TLS",
                "Set security.protocol to \(security.isSASL ? "sasl_ssl" : "ssl (sasl_ssl with SASL)"), or name the port of a listener without TLS."
            )
        case .refused:
            return ("nobody listens at \(broker)", "Check bootstrap.servers, and that the broker runs.")
        case .unresolved:
            return ("the host of \(broker) is not known", "Check bootstrap.servers and this machine's DNS.")
        case .unreachable:
            return (
                "\(broker) does not answer in time",
                "Check bootstrap.servers, firewalls, and that the broker runs."
            )
        case .closed:
            return (
                "\(broker) closed the connection",
                "If it does not come back: check that the broker runs, and that security.protocol matches its listener."
            )
        case .other:
            return ("\(broker): \(words.said)", "Check that security.protocol matches the broker's listener.")
        }
    }
}
