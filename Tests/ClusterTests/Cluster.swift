import Foundation

/// The cluster that the tests run against, as scripts/test-kafka names it in the environment.
enum Cluster {
    private static let environment = ProcessInfo.processInfo.environment

    /// Its addresses; empty when there is none, and then no test runs.
    static let brokers = environment["WEIR_KAFKA"] ?? ""

    /// Whether there is one.
    static let isThere = !brokers.isEmpty

    /// For how many minutes the longest test may go on; nil when only the short half runs.
    static let minutes = environment["WEIR_KAFKA_LONG"].flatMap { Int($0) }

    /// Whether the long half runs too.
    static let isLong = isThere && minutes != nil

    /// The folder of brokers that are ours, and may be ended.
    private static let folder = environment["WEIR_KAFKA_FOLDER"]

    /// Whether its three brokers may be ended by a test of the long half.
    static let isOurs = isLong && folder != nil && brokers.split(separator: ",").count >= 3

    /// What is done to a broker.
    enum Fate: String {
        /// It is gone at once.
        case kill
        /// It stands still, and its connections stay.
        case pause
        /// It goes on after a pause.
        case resume
        /// It hands over what it leads, and ends.
        case end
        /// It comes back with what it had written, and serves.
        case boot
    }

    /// Does that to brokers, to all at once, and waits until it is done. Of three that are to come back none serves
    /// before another one has come.
    ///
    /// - Parameter brokers: their numbers, from 1.
    static func send(_ fate: Fate, to brokers: Int32...) throws {
        let processes = try brokers.map { broker in
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "scripts/kafka-cluster")
            process.arguments = [fate.rawValue, "\(broker)", "--dir", folder ?? ""]
            try process.run()
            return process
        }
        for process in processes { process.waitUntilExit() }
        guard processes.allSatisfy({ $0.terminationStatus == 0 }) else {
            throw ClusterError("scripts/kafka-cluster \(fate.rawValue) \(brokers): it failed")
        }
    }

    /// All brokers serve again, whatever a test has left.
    static func mend() throws {
        try? send(.resume, to: 1, 2, 3)
        try send(.boot, to: 1, 2, 3)
    }

    /// A name that nobody else has, for topics and groups.
    static func uniqueName(_ what: String) -> String {
        "\(what)-\(UUID().uuidString.prefix(8).lowercased())"
    }
}

/// What keeps a test from doing what it wants to.
struct ClusterError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
