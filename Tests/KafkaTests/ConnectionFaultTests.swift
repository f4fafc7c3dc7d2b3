import Kafka
import Testing

/// What librdkafka said against a real Apache Kafka 4.3, each as 2.0.2 and as 2.16 have it.
@Suite struct ConnectionFaultTests {
    private static let old = ClientLibrary(version: "2.0.2", number: 0x0200_02ff)
    private static let new = ClientLibrary(version: "2.16.0", number: 0x0210_00ff)

    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let cause: ConnectionFault.Cause
        let broker: String
        var properties: [String: String] = [:]
        var testDescription: String { "\(cause.rawValue): \(text.prefix(60))" }
    }

    private static let tls = ["security.protocol": "ssl"]
    private static let sasl = ["security.protocol": "sasl_ssl", "sasl.mechanism": "PLAIN"]
    private static let plainSASL = ["security.protocol": "sasl_plaintext", "sasl.mechanism": "PLAIN"]

    static let cases = [
        Case(
            text:
                "sasl_ssl://127.0.0.1:9095/bootstrap: SASL authentication error: Authentication failed: Invalid username or password (after 304ms in state AUTH_REQ)",
            cause: .credentials, broker: "127.0.0.1:9095", properties: sasl),
        Case(
            text:
                "[thrd:sasl_ssl://127.0.0.1:9095/bootstrap]: sasl_ssl://127.0.0.1:9095/bootstrap: SASL authentication error: Authentication failed: Invalid username or password (after 301ms in state AUTH_REQ, 1 identical error(s) suppressed)",
            cause: .credentials, broker: "127.0.0.1:9095", properties: sasl),
        Case(
            text:
                "sasl_plaintext://127.0.0.1:9096/1: SASL OAUTHBEARER mechanism handshake failed: Broker: Unsupported SASL mechanism: broker's supported mechanisms: PLAIN,SCRAM-SHA-512,SCRAM-SHA-256 (after 301ms in state AUTH_HANDSHAKE)",
            cause: .mechanism, broker: "127.0.0.1:9096", properties: plainSASL),
        Case(
            text:
                "sasl_plaintext://127.0.0.1:9092/bootstrap: SASL PLAIN mechanism handshake failed: Broker: Request not valid in current SASL state: broker's supported mechanisms:  (after 2ms in state AUTH_HANDSHAKE)",
            cause: .noSASL, broker: "127.0.0.1:9092", properties: plainSASL),
        Case(
            text:
                "ssl://127.0.0.1:9094/bootstrap: SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: broker certificate could not be verified, verify that ssl.ca.location is correctly configured or root CA certificates are installed (install ca-certificates package) (after 14ms in state SSL_HANDSHAKE)",
            cause: .authority, broker: "127.0.0.1:9094", properties: tls),
        Case(
            text:
                "ssl://127.0.0.1:9094/bootstrap: error:0A000086:SSL routines::certificate verify failed (after 3ms in state SSL_HANDSHAKE)",
            cause: .authority, broker: "127.0.0.1:9094", properties: tls),
        Case(
            text:
                "ssl://127.0.0.1:9094/bootstrap: Receive failed: error:0A000412:SSL routines::sslv3 alert bad certificate: SSL alert number 42 (after 1ms in state APIVERSION_QUERY)",
            cause: .clientCertificate, broker: "127.0.0.1:9094", properties: tls),
        Case(
            text:
                "ssl://127.0.0.1:9094/bootstrap: Receive failed: error:0A000412:SSL routines::ssl/tls alert bad certificate: SSL alert number 42 (after 0ms in state APIVERSION_QUERY)",
            cause: .clientCertificate, broker: "127.0.0.1:9094", properties: tls),
        Case(
            text:
                "ssl://127.0.0.1:9092/bootstrap: SSL handshake failed: error:0A000126:SSL routines::unexpected eof while reading (after 4ms in state SSL_HANDSHAKE)",
            cause: .noTLS, broker: "127.0.0.1:9092", properties: tls),
        Case(
            text:
                "ssl://127.0.0.1:9092/bootstrap: SSL handshake failed: Disconnected: SSL connection closed by peer: connecting to a PLAINTEXT broker listener? (after 1ms in state SSL_HANDSHAKE)",
            cause: .noTLS, broker: "127.0.0.1:9092", properties: tls),
        Case(
            text:
                "127.0.0.1:9094/bootstrap: Disconnected while requesting ApiVersion: might be caused by incorrect security.protocol configuration (connecting to a SSL listener?) or broker version is < 0.10 (see api.version.request) (after 1ms in state APIVERSION_QUERY)",
            cause: .wantsTLS, broker: "127.0.0.1:9094"),
        Case(
            text:
                "[thrd:127.0.0.1:9094/bootstrap]: 127.0.0.1:9094/bootstrap: Disconnected: connection closed by peer: receive 0 after POLLIN (after 1ms in state APIVERSION_QUERY)",
            cause: .wantsTLS, broker: "127.0.0.1:9094"),
        Case(
            text:
                "127.0.0.1:9096/bootstrap: Disconnected: verify that security.protocol is correctly configured, broker might require SASL authentication (after 0ms in state UP)",
            cause: .wantsSASL, broker: "127.0.0.1:9096"),
        Case(
            text: "127.0.0.1:9096/bootstrap: Send failed: Broken pipe (after 0ms in state UP)",
            cause: .wantsSASL, broker: "127.0.0.1:9096"),
        Case(
            text:
                "127.0.0.1:9092/1: Disconnected: connection closed by peer: receive 0 after POLLIN (after 61234ms in state UP)",
            cause: .closed, broker: "127.0.0.1:9092"),
        Case(
            text:
                "127.0.0.1:9099/bootstrap: Connect to ipv4#127.0.0.1:9099 failed: Connection refused (after 0ms in state CONNECT)",
            cause: .refused, broker: "127.0.0.1:9099"),
        Case(
            text:
                "GroupCoordinator: 127.0.0.1:9099: Connect to ipv4#127.0.0.1:9099 failed: Connection refused (after 0ms in state CONNECT)",
            cause: .refused, broker: "127.0.0.1:9099"),
        Case(
            text:
                "nowhere.invalid:9092/bootstrap: Failed to resolve 'nowhere.invalid:9092': Name or service not known (after 0ms in state CONNECT)",
            cause: .unresolved, broker: "nowhere.invalid:9092"),
        Case(
            text:
                "[fd00::1]:9092/bootstrap: Connection setup timed out in state CONNECT (after 30028ms in state CONNECT)",
            cause: .unreachable, broker: "[fd00::1]:9092"),
        Case(text: "b:9092/1: something new", cause: .other, broker: "b:9092"),
    ]

    @Test(arguments: cases)
    func theWordsAreRead(_ one: Case) throws {
        let fault = try #require(
            ConnectionFault(said: one.text, properties: one.properties, library: Self.new))
        #expect(fault.cause == one.cause && fault.broker == one.broker)
        #expect(fault.message.contains(one.cause == .other ? "something new" : one.broker))
        #expect(!fault.description.contains("(after") && !fault.description.contains("thrd:"))
    }

    @Test(arguments: ["1/1 brokers are down", "", "no broker here: nothing", "metadata: refused", "a:b: c"])
    func whatNamesNoBrokerIsNoFault(text: String) {
        #expect(ConnectionFault(said: text, properties: [:]) == nil)
    }

    @Test func SCRAMOfAnOldLibraryIsNamedWithItsCure() throws {
        let text =
            "sasl_ssl://127.0.0.1:9095/bootstrap: SASL authentication error: Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512 (after 312ms in state AUTH_REQ)"
        let properties = ["security.protocol": "sasl_ssl", "sasl.mechanism": "SCRAM-SHA-512"]
        let old = try #require(ConnectionFault(said: text, properties: properties, library: Self.old))
        #expect(old.message.contains("librdkafka 2.0.2") && old.advice.contains("2.6.1"))
        let new = try #require(ConnectionFault(said: text, properties: properties, library: Self.new))
        #expect(!new.description.contains("librdkafka") && new.advice.contains("sasl.password"))
        let plain = try #require(ConnectionFault(said: text, properties: Self.sasl, library: Self.old))
        #expect(!plain.description.contains("librdkafka"))
    }

    @Test func theAdviceFollowsWhatIsSet() throws {
        func advice(_ cause: ConnectionFault.Cause, _ properties: [String: String]) throws -> String {
            let one = try #require(Self.cases.first { $0.cause == cause })
            return try #require(
                ConnectionFault(said: one.text, properties: properties, library: Self.new)
            ).description
        }
        #expect(try advice(.authority, Self.tls).contains("no ssl.ca.location is set"))
        #expect(
            try advice(.authority, Self.tls.merging(["ssl.ca.location": "/ca.pem"]) { $1 })
                .contains("the authority in ssl.ca.location did not sign it"))
        #expect(try advice(.clientCertificate, Self.tls).contains("none is set"))
        #expect(
            try advice(.clientCertificate, Self.tls.merging(["ssl.certificate.location": "/c.pem"]) { $1 })
                .contains("refuses this client's certificate"))
        #expect(try advice(.noTLS, Self.sasl).contains("sasl_plaintext"))
        #expect(try advice(.wantsTLS, Self.plainSASL).contains("sasl_ssl"))
    }

    @Test func onlyWhatMayPassIsTriedAgain() throws {
        for one in Self.cases {
            let fault = try #require(
                ConnectionFault(said: one.text, properties: one.properties, library: Self.new))
            let lasts: [ConnectionFault.Cause] = [
                .credentials, .mechanism, .noSASL, .authority, .clientCertificate,
            ]
            #expect(fault.passes == !lasts.contains(fault.cause), "\(fault.cause)")
        }
    }
}
