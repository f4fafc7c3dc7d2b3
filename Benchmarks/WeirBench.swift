import Arguments

/// Benchmarks of the whole service, and of its memory alone, on this machine; `scripts/bench` builds and starts them.
@main struct WeirBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weir-bench",
        abstract: "Measure the service over the embedded broker, or its parts alone, on this machine.",
        subcommands: [
            Throughput.self, Latency.self, FramesBench.self, MemoryBench.self, ContinualBench.self,
            MessagesBench.self,
        ])
}
