import Arguments
import ContinualInference
import Foundation
import Streaming
import Tensors

struct Model: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the networks that run frame by frame.",
        discussion: """
              weir model list
              weir model describe CoX3D-S
              weir model describe SensorNet --options inputs=9 classes=6
            """,
        subcommands: [ModelList.self, ModelDescribe.self])
}

struct ModelList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the networks that are known by name, with their options.",
        discussion: """
              weir model list
              weir model list --json
            """)

    @Flag(help: "Print JSON.") var json = false

    private struct Entry: Encodable {
        let name: String
        let summary: String
        let options: [String: Int]
    }

    func run() throws {
        let entries = ModelCatalogue.entries
        if json {
            return try Terminal.json(
                entries.map { entry in
                    Entry(
                        name: entry.name, summary: entry.summary,
                        options: Dictionary(
                            uniqueKeysWithValues: entry.options.map { ($0.name, $0.standard) }))
                })
        }
        for entry in entries {
            try Terminal.line("\(Terminal.bold("\(entry.name)")): \(entry.summary)")
            for option in entry.options {
                try Terminal.line(Terminal.dim("    \(option.name)=\(option.standard)  \(option.help)"))
            }
        }
    }
}
