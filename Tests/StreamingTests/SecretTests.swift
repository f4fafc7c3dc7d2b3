import Foundation
import TestSupport
import Testing

/// A password stands in the settings and goes to the broker, and nowhere else.
@Suite struct SecretTests {
    private static let marker = "mrk-9f3c-secret"

    /// With all that librdkafka has to say, to brokers that are not there.
    private static func yaml(_ mechanism: String) -> String {
        """
        stream: s
        brokers: 127.0.0.1:1
        dimension: 4
        kafka:
          security.protocol: SASL_PLAINTEXT
          sasl.mechanisms: \(mechanism)
          sasl.username: someone
          sasl.password: \(marker)
          debug: all

        """
    }

    @Test(
        "No command prints it, and no file holds it, whether the settings are right or wrong",
        arguments: ["PLAIN", "SCRAM-NOPE"])
    func secret(mechanism: String) throws {
        let temporary = try TemporaryFolder()
        defer { temporary.remove() }
        let folder = temporary.path
        try Self.yaml(mechanism).write(toFile: "\(folder)/weir.yaml", atomically: true, encoding: .utf8)
        for command in [["config"], ["doctor"], ["explain", "a"]] {
            let ended = try Program.run(command + ["--config", "weir.yaml"], folder: folder)
            #expect(!ended.output.contains(Self.marker) && !ended.errors.contains(Self.marker), "\(command)")
            #expect(!(ended.output + ended.errors).isEmpty)
        }
        let service = try Program.start(
            ["serve", "--config", "weir.yaml", "--verbose"], folder: folder, log: "log")
        // Until it has tried to connect, or ended.
        let deadline = ContinuousClock.now + .seconds(60)
        func said() -> String { (try? String(contentsOfFile: "\(folder)/log", encoding: .utf8)) ?? "" }
        while service.isRunning, !said().contains("127.0.0.1:1"), ContinuousClock.now < deadline {
            usleep(20_000)
        }
        Program.stop(service)
        #expect(!said().isEmpty)
        for case let path as String in FileManager.default.enumerator(atPath: folder) ?? .init()
        where path != "weir.yaml" {
            let content = FileManager.default.contents(atPath: "\(folder)/\(path)") ?? Data()
            #expect(content.range(of: Data(Self.marker.utf8)) == nil, "\(path)")
        }
    }
}
