import Arguments
import Foundation
import Streaming

/// The option that names the configuration file.
struct ConfigurationSource: ParsableArguments {
    @Option(
        name: .shortAndLong, help: "The stream's YAML file; `weir config --example` prints one to begin with."
    )
    var config = "weir.yaml"

    func load() throws -> Configuration {
        try Configuration(file: config, environment: ProcessInfo.processInfo.environment)
    }
}
