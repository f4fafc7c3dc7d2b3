import Arguments

/// The command line. It is seen by tests, which ask whether the commands that texts name can be parsed.
package struct Weir: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "weir",
        abstract: "Learns from Kafka streams for ever without forgetting.",
        discussion: """
            A first use, with no other software:

              weir demo                                    handwritten digits, class after class, in a minute

            With your own samples, a vector and a label each:

              weir broker --port 19092 --topic weir.digits.samples:4 &      or a Kafka that you have
              weir config --example > weir.yaml                             then say which stream and brokers
              weir doctor --config weir.yaml                                is everything in reach?
              weir serve --config weir.yaml &
              weir produce digits --config weir.yaml --order by-class
              weir tail predictions --config weir.yaml

            Exit codes: 0 done, 1 a fault that the message explains, 2 something that doctor found, 64 a wrong
            command line, 141 who reads the output has gone.
            """,
        version: "0.1.0",
        subcommands: [
            Demo.self, Serve.self, Config.self, Doctor.self, Broker.self, Produce.self, Tail.self,
            Forget.self, Explain.self, BacktestFile.self, Toy.self, Inspect.self, Model.self,
        ])

    package init() {}
}
