import Arguments
import Foundation
import Streaming

struct Config: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the effective configuration, with every default.",
        discussion: """
              weir config --example > weir.yaml
              weir config --config weir.yaml
            """)

    @OptionGroup var source: ConfigurationSource
    @Flag(help: "Print a short file to begin with.") var example = false
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        if example {
            try StandardOutput.write(Self.exampleText)
        } else if json {
            try Terminal.json(text: source.load().json())
        } else {
            try StandardOutput.write(source.load().yaml())
        }
    }

    static let exampleText = """
        # A stream of Weir. `weir config` prints all settings with their defaults.
        stream: digits                # names the topics weir.digits.samples, .predictions, .metrics, .dlq
        brokers: localhost:19092      # your Kafka, or `weir broker --port 19092 --topic weir.digits.samples:4`
        dimension: 64                 # the length of a sample's vector
        memory:
          codebooks: 128
          keys: 256
          keyDimension: 8
        keys:
          samples: 500                # the keys are made from the first samples, which are answered afterwards
        # frames:                     # frames of sessions instead of samples; then leave dimension out
        #   weights: motion.safetensors   # a continual inference network, stepped through each session
        #   answers: network          # or memory: the network is an encoder, and labels on frames teach at once
        kafka:                        # any librdkafka property; ${NAME} takes a value from the environment
          fetch.wait.max.ms: 10
          # security.protocol: sasl_ssl
          # sasl.mechanism: PLAIN
          # sasl.username: weir
          # sasl.password: ${KAFKA_PASSWORD}

        """
}
