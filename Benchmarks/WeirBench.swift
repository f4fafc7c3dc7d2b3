import ArgumentParser

/// Benchmarks of the whole service on this machine; `scripts/bench` builds and starts them.
@main struct WeirBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weir-bench",
        abstract: "Measure the service over the embedded broker, all in one process on this machine.",
        subcommands: [Throughput.self, Latency.self])
}
