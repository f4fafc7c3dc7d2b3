import Kafka
import Testing

@Suite struct ClientLibraryTests {
    private let old = ClientLibrary(version: "2.0.2", number: 0x0200_02ff)

    @Test func aVersionIsComparedAsItIsCounted() {
        #expect(old.isBefore(2, 0, 3) && old.isBefore(2, 1, 0) && old.isBefore(3, 0, 0))
        #expect(!old.isBefore(2, 0, 2) && !old.isBefore(1, 9, 9))
        let new = ClientLibrary(version: "2.16.0", number: 0x0210_00ff)
        #expect(!new.isBefore(2, 12, 0) && !new.isBefore(2, 16, 0) && new.isBefore(2, 16, 1))
        #expect(!ClientLibrary.current.isBefore(2, 0, 0) && ClientLibrary.current.version.hasPrefix("2."))
    }

    @Test(arguments: [
        (["security.protocol": "sasl_ssl", "sasl.mechanism": "SCRAM-SHA-512"], "2.6.1"),
        (["security.protocol": "SASL_SSL", "sasl.mechanisms": "scram-sha-256"], "2.6.1"),
        (["security.protocol": "sasl_plaintext"], "2.11"),
        (["group.protocol": "consumer"], "2.12"),
    ])
    func aWarningConcernsWhatIsSet(properties: [String: String], release: String) {
        let warnings = old.warnings(properties: properties)
        #expect(warnings.count == 1 && warnings[0].contains(release), "\(warnings)")
        let fixed = ClientLibrary(version: "2.12.0", number: 0x020c_00ff)
        #expect(fixed.warnings(properties: properties).isEmpty)
    }

    @Test(arguments: [
        [:], ["sasl.mechanism": "SCRAM-SHA-512"], ["security.protocol": "ssl"],
        ["security.protocol": "sasl_ssl", "sasl.mechanism": "PLAIN"], ["group.protocol": "classic"],
    ])
    func nothingIsSaidOfWhatIsNotSet(properties: [String: String]) {
        #expect(old.warnings(properties: properties).isEmpty)
    }

    @Test func theFixedReleaseIsNotWarnedOf() {
        let properties = ["security.protocol": "sasl_ssl", "sasl.mechanism": "SCRAM-SHA-512"]
        #expect(
            !ClientLibrary(version: "2.6.0", number: 0x0206_00ff).warnings(properties: properties).isEmpty)
        #expect(ClientLibrary(version: "2.6.1", number: 0x0206_01ff).warnings(properties: properties).isEmpty)
    }
}
