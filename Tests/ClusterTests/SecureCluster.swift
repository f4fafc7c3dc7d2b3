import CRdKafka
import Foundation
import Kafka

/// A real Apache Kafka with a plain listener whose user may do everything, one with TLS that asks for a certificate, and
/// two with SASL, with and without TLS, at the plain one's port + 2, + 3 and + 4: as `scripts/kafka-cluster --secure` starts
/// it, whose folder has `ca.pem`, `client.pem` and `client.key` in `tls`. The users `weir` and `stranger` have the passwords
/// `weir-secret` and `stranger-secret`.
struct SecureCluster: Sendable {
    /// That of scripts/test-kafka, if it has started one.
    static let named: SecureCluster? = {
        let environment = ProcessInfo.processInfo.environment
        guard let folder = environment["WEIR_KAFKA_FOLDER"],
            let tls = environment["WEIR_KAFKA_TLS"]?.split(separator: ":").last.flatMap({ Int($0) })
        else { return nil }
        return SecureCluster(certificates: "\(folder)/tls", port: tls - 2)
    }()

    /// Where the certificates lie.
    let certificates: String
    /// The plain listener's port.
    let port: Int

    var plain: String { "127.0.0.1:\(port)" }
    var controller: String { "127.0.0.1:\(port + 1)" }
    var tls: String { "127.0.0.1:\(port + 2)" }
    var saslOverTLS: String { "127.0.0.1:\(port + 3)" }
    var saslInPlain: String { "127.0.0.1:\(port + 4)" }
    var authority: [String: String] { ["ssl.ca.location": "\(certificates)/ca.pem"] }
    var certificate: [String: String] {
        [
            "ssl.certificate.location": "\(certificates)/client.pem",
            "ssl.key.location": "\(certificates)/client.key",
        ]
    }

    /// What user `weir` sets.
    func sasl(
        _ mechanism: String, password: String = "weir-secret", protocol: String = "sasl_ssl"
    ) -> [String: String] {
        [
            "security.protocol": `protocol`, "sasl.mechanism": mechanism, "sasl.username": "weir",
            "sasl.password": password,
        ].merging(`protocol` == "sasl_ssl" ? authority : [:]) { $1 }
    }

    /// A right of user `weir`.
    struct Right {
        let operation: rd_kafka_AclOperation_t
        let kind: rd_kafka_ResourceType_t
        let name: String
    }

    /// Makes topics, grants rights to user `weir`, and waits until both are known.
    func prepare(topics: [String], rights: [Right]) throws {
        let client = try superUser()
        defer { rd_kafka_destroy(client) }
        let queue = rd_kafka_queue_new(client)
        defer { rd_kafka_queue_destroy(queue) }
        var text = [CChar](repeating: 0, count: 512)
        var made = topics.map { rd_kafka_NewTopic_new($0, 2, 1, &text, text.count) }
        rd_kafka_CreateTopics(client, &made, made.count, nil, queue)
        try answer(queue, "making topics")
        rd_kafka_NewTopic_destroy_array(&made, made.count)
        guard !rights.isEmpty else { return }
        var granted = rights.map {
            rd_kafka_AclBinding_new(
                $0.kind, $0.name, RD_KAFKA_RESOURCE_PATTERN_LITERAL, "User:weir", "*", $0.operation,
                RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, &text, text.count)
        }
        rd_kafka_CreateAcls(client, &granted, granted.count, nil, queue)
        try answer(queue, "granting rights")
        rd_kafka_AclBinding_destroy_array(&granted, granted.count)
        // Brokers hear of rights a moment after they are granted.
        Thread.sleep(forTimeInterval: 1)
    }

    private func superUser() throws -> OpaquePointer {
        let configuration = rd_kafka_conf_new()
        var text = [CChar](repeating: 0, count: 512)
        rd_kafka_conf_set(configuration, "bootstrap.servers", plain, &text, text.count)
        guard let client = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, &text, text.count) else {
            throw Failure(description: "no client for \(plain)")
        }
        return client
    }

    private func answer(_ queue: OpaquePointer?, _ action: String) throws {
        guard let event = rd_kafka_queue_poll(queue, 30_000) else {
            throw Failure(description: "\(action): no answer")
        }
        defer { rd_kafka_event_destroy(event) }
        guard rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw Failure(
                description:
                    "\(action): \(rd_kafka_event_error_string(event).map { String(cString: $0) } ?? "")")
        }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs the program with a stream's file, to its end.
    ///
    /// - Returns: what it printed on both outputs, its exit code, and how long it took.
    func run(
        _ arguments: [String], stream: String, brokers: String, _ properties: [String: String]
    ) throws -> (output: String, status: Int32, seconds: Double) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("weir-\(stream)-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var lines = ["stream: \(stream)", "brokers: \(brokers)", "dimension: 4"]
        if !properties.isEmpty { lines.append("kafka:") }
        lines += properties.sorted { $0.key < $1.key }.map { "  \($0.key): \"\($0.value)\"" }
        try lines.joined(separator: "\n").write(
            to: folder.appendingPathComponent("weir.yaml"), atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("weir")
        process.arguments = arguments
        process.currentDirectoryURL = folder
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        let start = ContinuousClock.now
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (
            String(decoding: data, as: UTF8.self), process.terminationStatus,
            start.duration(to: .now) / .seconds(1)
        )
    }
}
