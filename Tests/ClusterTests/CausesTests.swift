import CRdKafka
import Foundation
import Kafka
import TestSupport
import Testing

/// What goes wrong between Weir and a cluster on a first evening is told by its cause, soon.
@Suite(.waiting, .enabled(if: SecureCluster.named != nil, "scripts/test-kafka has started no brokers"))
struct CausesTests {
    private let cluster: SecureCluster
    /// A stream that no other test has.
    private let stream = "causes\(UInt32.random(in: 0 ... .max))"

    init() throws { cluster = try #require(SecureCluster.named) }

    private var topics: [String] {
        ["samples", "predictions", "metrics", "dlq"].map { "weir.\(stream).\($0)" }
    }

    private func right(_ operation: rd_kafka_AclOperation_t, _ topic: String) -> SecureCluster.Right {
        SecureCluster.Right(
            operation: operation, kind: RD_KAFKA_RESOURCE_TOPIC, name: "weir.\(stream).\(topic)")
    }

    private func groupRight(_ operation: rd_kafka_AclOperation_t) -> SecureCluster.Right {
        SecureCluster.Right(operation: operation, kind: RD_KAFKA_RESOURCE_GROUP, name: "weir-\(stream)")
    }

    /// What `serve` needs and no more.
    private var allRights: [SecureCluster.Right] {
        [right(RD_KAFKA_ACL_OPERATION_READ, "samples"), groupRight(RD_KAFKA_ACL_OPERATION_READ)]
            + ["predictions", "metrics", "dlq"].map { right(RD_KAFKA_ACL_OPERATION_WRITE, $0) }
    }

    private func doctor(
        _ brokers: String, _ properties: [String: String]
    ) throws -> (output: String, status: Int32, seconds: Double) {
        try cluster.run(["doctor"], stream: stream, brokers: brokers, properties)
    }

    /// The doctor names the cause in one line and soon; the service does too, and ends at once where that is of use.
    private func expect(
        _ words: [String], passes: Bool, _ brokers: String, _ properties: [String: String]
    ) throws {
        let found = try doctor(brokers, properties)
        #expect(found.status == 2 && found.seconds < 5, "\(found)")
        let line = try #require(
            found.output.split(separator: "\n").first { $0.hasPrefix("wrong  brokers") }, "\(found)")
        for word in words { #expect(line.contains(word), "\(line)") }
        #expect(!found.output.contains("transport failure") && !found.output.contains("secret"))
        guard !passes else { return }
        let served = try cluster.run(["serve"], stream: stream, brokers: brokers, properties)
        #expect(served.status == 1 && served.seconds < 5, "\(served)")
        let last = try #require(
            served.output.split(separator: "\n").last { $0.contains(" error ") }, "\(served)")
        for word in words { #expect(last.contains(word), "\(last)") }
        #expect(!served.output.contains("secret"))
    }

    @Test func aWrongPassword() throws {
        try expect(
            ["refuses the user name or the password (PLAIN)", "sasl.password"], passes: false,
            cluster.saslOverTLS, cluster.sasl("PLAIN", password: "other-secret"))
    }

    @Test func SCRAM() throws {
        guard ClientLibrary.current.isRefusedBySCRAM else {
            try expect(
                ["refuses the user name or the password (SCRAM-SHA-256)"], passes: false, cluster.saslOverTLS,
                cluster.sasl("SCRAM-SHA-256", password: "other-secret"))
            try cluster.prepare(topics: topics, rights: allRights)
            let found = try doctor(cluster.saslOverTLS, cluster.sasl("SCRAM-SHA-512"))
            #expect(found.status == 0, "\(found)")
            return
        }
        try expect(
            ["refuses SCRAM-SHA-512 of librdkafka", "2.6.1"], passes: false, cluster.saslOverTLS,
            cluster.sasl("SCRAM-SHA-512"))
    }

    @Test func anUnknownAuthority() throws {
        try expect(
            ["certificate of \(cluster.tls) is not trusted", "ssl.ca.location"], passes: false, cluster.tls,
            cluster.certificate.merging(["security.protocol": "ssl"]) { $1 })
    }

    @Test func noClientCertificate() throws {
        try expect(
            ["asks for a client's certificate, and none is set"], passes: false, cluster.tls,
            cluster.authority.merging(["security.protocol": "ssl"]) { $1 })
    }

    @Test func listenersOfAnotherProtocol() throws {
        let tls = cluster.authority.merging(["security.protocol": "ssl"]) { $1 }
        try expect(["does not answer TLS"], passes: true, cluster.plain, tls)
        try expect(["it may be a listener with TLS"], passes: true, cluster.tls, [:])
        try expect(["it may ask for SASL"], passes: true, cluster.saslInPlain, [:])
        try expect(
            ["speaks no SASL"], passes: false, cluster.plain,
            cluster.sasl("PLAIN", protocol: "sasl_plaintext"))
        try expect(["a controller's port"], passes: true, cluster.controller, [:])
        try expect(["nobody listens"], passes: true, "127.0.0.1:1", [:])
    }

    @Test func theDoctorNeedsTheRightsOfTheServiceOnlyAndLeavesNothing() throws {
        try cluster.prepare(topics: topics, rights: allRights)
        let found = try doctor(cluster.saslOverTLS, cluster.sasl("PLAIN"))
        #expect(found.status == 0 && !found.output.contains("wrong"), "\(found)")
        #expect(found.output.contains("may not look at it (DescribeConfigs)"))
        let reader = try Consumer(properties: [
            "bootstrap.servers": cluster.plain, "group.id": "weir-\(stream)",
        ])
        defer { reader.close() }
        for topic in topics {
            for partition in [0, 1] as [Int32] {
                let place = TopicPartition(topic: topic, partition: partition)
                #expect(try reader.watermarks(of: place, timeoutMilliseconds: 10_000).high == 0)
            }
        }
        let places = [0, 1].map { TopicPartition(topic: topics[0], partition: $0) }
        #expect(try reader.committed(places, timeoutMilliseconds: 10_000).isEmpty)
        // Who may look at the settings is told the sizes.
        let all = try doctor(cluster.plain, [:])
        #expect(all.status == 0 && all.output.contains("--add-config max.message.bytes="), "\(all)")
    }

    @Test(arguments: ["samples", "hidden samples", "group", "group's commit", "predictions", "dlq"])
    func aRightThatIsMissingIsNamed(which: String) throws {
        var rights = allRights
        let expected: String
        switch which {
        case "samples":
            rights[0] = right(RD_KAFKA_ACL_OPERATION_DESCRIBE, "samples")
            expected = "Grant Read: `kafka-acls.sh"
        case "hidden samples":
            rights.remove(at: 0)
            expected = "it does not exist, or this user has no right on it"
        case "group":
            rights.remove(at: 1)
            expected = "--operation Read --group weir-\(stream)"
        case "group's commit":
            rights[1] = groupRight(RD_KAFKA_ACL_OPERATION_DESCRIBE)
            expected = "--operation Read --group weir-\(stream)"
        default:
            rights.removeAll { $0.name == "weir.\(stream).\(which)" }
            rights.append(right(RD_KAFKA_ACL_OPERATION_DESCRIBE, which))
            expected = "--operation Write --topic weir.\(stream).\(which)"
        }
        try cluster.prepare(topics: topics, rights: rights)
        let found = try doctor(cluster.saslOverTLS, cluster.sasl("PLAIN"))
        let wrong = found.output.split(separator: "\n").filter { $0.hasPrefix("wrong") }
        #expect(found.status == 2 && wrong.count == 1 && wrong[0].contains(expected), "\(found)")
        #expect(found.output.contains("AUTHORIZATION_FAILED") && found.seconds < 10, "\(found)")
        guard ["samples", "hidden samples", "group"].contains(which) else { return }
        let served = try cluster.run(
            ["serve"], stream: stream, brokers: cluster.saslOverTLS, cluster.sasl("PLAIN"))
        #expect(served.status == 1 && served.seconds < 10, "\(served)")
        #expect(served.output.contains("AUTHORIZATION_FAILED") && !served.output.contains("timed out"))
    }

    @Test func whoHasJoinedTheGroupIsSaid() throws {
        try cluster.prepare(topics: topics, rights: [])
        let stranger = try Consumer(properties: [
            "bootstrap.servers": cluster.plain, "group.id": "weir-\(stream)", "client.id": "stranger",
        ])
        defer { stranger.close() }
        try stranger.subscribe([topics[0]])
        #expect(
            try eventually {
                _ = try stranger.poll(maximum: 1, timeoutMilliseconds: 100)
                return !stranger.assignment.isEmpty
            })
        let found = try doctor(cluster.plain, [:])
        #expect(
            found.status == 2 && found.output.contains("have joined weir-\(stream): stranger"), "\(found)")
    }

    @Test func aTopicThatIsMissingIsSaidOnce() throws {
        let served = try cluster.run(["serve"], stream: stream, brokers: cluster.plain, [:])
        #expect(served.status == 1)
        #expect(served.output.components(separatedBy: "waiting for topic").count == 2, "\(served)")
        #expect(served.output.contains("cannot be read: it does not exist"), "\(served)")
    }
}
