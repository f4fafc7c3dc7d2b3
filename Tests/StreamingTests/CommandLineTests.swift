import Foundation
import Glibc
import TestSupport
import Testing

/// The program as a person calls it.
@Suite(.waiting) struct CommandLineTests {
    private func run(_ arguments: String..., folder: String? = nil) throws -> (
        status: Int32, output: String, errors: String
    ) {
        try Program.run(arguments, folder: folder)
    }

    private func objects(_ output: String) throws -> [[String: Any]] {
        try output.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    @Test("Digits, class after class in one pass: accuracy, and the same model as shuffled")
    func backtest() throws {
        let result = try run(
            "backtest", "digits", "--alone", "--json", "--seeds", "3", "--features", "512")
        #expect(result.status == 0, "\(result.errors)")
        let all = try objects(result.output)
        // Both orders by default; the learner and its four experts each.
        #expect(all.count == 30)
        let runs = all.filter { $0["learner"] as? String == "Weir" }
        #expect(runs.count == 6)
        let heldOut = runs.filter { $0["order"] as? String == "by-class" }.compactMap {
            $0["held_out"] as? Double
        }
        #expect(heldOut.reduce(0, +) / 3 >= 0.97, "\(heldOut)")
        for seed in 1...3 {
            let hashes = runs.filter { $0["seed"] as? Int == seed }.compactMap {
                $0["learned_hash"] as? String
            }
            #expect(hashes.count == 2 && hashes[0] == hashes[1])
        }
    }

    @Test("The demo answers everything over Kafka and beats the nearest class mean")
    func demo() throws {
        let result = try run("demo", "--json", "--rate", "5000")
        #expect(result.status == 0, "\(result.errors)")
        let object = try #require(try objects(result.output).first)
        let others = try #require(object["others"] as? [String: Double])
        let heldOut = try #require(object["held_out"] as? Double)
        #expect(heldOut >= 0.97 && heldOut > others["means alone"] ?? 1)
    }

    @Test(
        "The demo of frames answers every row of every session, and the answer sharpens",
        arguments: ["network", "memory"])
    func framesDemo(_ answers: String) throws {
        let result = try run("demo", "frames", "--json", "--rate", "20000", "--answers", answers)
        #expect(result.status == 0, "\(result.errors)")
        let object = try #require(try objects(result.output).first)
        let accuracy = try #require(object["accuracy_after_row"] as? [Double])
        #expect(
            accuracy.count == 8 && accuracy[0] < 0.6 && accuracy[3] > 0.85 && accuracy[7] > 0.98,
            "\(accuracy)")
        #expect(object["frames"] as? Int == (answers == "network" ? 360 : 1_797) * 8)
    }

    @Test("Recorded frames are scored against their labels; broken recordings are named by their line")
    func recordedFrames() throws {
        let temporary = try TemporaryFolder()
        defer { temporary.remove() }
        let folder = temporary.url
        let weights = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent(
                "Sources/weir/Resources/digits-rows.safetensors"
            ).path
        // The first image of the shipped digits, a zero that the network was not trained on.
        let rows = [
            "0,0,5,13,9,1,0,0", "0,0,13,15,10,15,5,0", "0,3,15,2,0,11,8,0", "0,4,12,0,0,8,8,0",
            "0,5,8,0,0,9,8,0", "0,4,11,0,1,12,7,0", "0,2,14,5,10,12,0,0", "0,0,6,13,10,0,0,0",
        ]
        let lines = rows.enumerated().map {
            "{\"session\":\"zero\",\"seq\":\($0.offset),\"x\":[\($0.element)],\"label\":\"0\"}"
        }
        let good = folder.appendingPathComponent("good.jsonl").path
        try lines.joined(separator: "\n").write(toFile: good, atomically: true, encoding: .utf8)
        let result = try run("demo", "frames", "--json", "--weights", weights, "--records", good)
        #expect(result.status == 0, "\(result.errors)")
        let object = try #require(try objects(result.output).first)
        #expect(object["frames"] as? Int == 8)
        let accuracy = try #require(object["accuracy"] as? Double)
        #expect(accuracy >= 0.5 && accuracy <= 1)
        let broken = folder.appendingPathComponent("broken.jsonl").path
        try (lines[0] + "\n" + lines[2]).write(toFile: broken, atomically: true, encoding: .utf8)
        let refused = try run("demo", "frames", "--weights", weights, "--records", broken)
        #expect(refused.status == 1 && refused.errors.contains("line 2"), "\(refused.errors)")
        #expect(try run("demo", "frames", "--weights", weights).status == 64)
        let deep = String(repeating: "[", count: 100_000)
        for (line, names) in [
            ("{\"x\":\(deep)", "a number was expected"), ("{\"more\":\(deep)", "deeper than 64"),
            (String(lines[1].dropLast()), "the value ends"),
            ("{\"seq\":0,\(lines[1].dropFirst())", "a second time"),
        ] {
            try (lines[0] + "\n" + line).write(toFile: broken, atomically: true, encoding: .utf8)
            let refused = try run("demo", "frames", "--weights", weights, "--records", broken)
            #expect(refused.status == 1 && refused.errors.contains("line 2"), "\(refused.errors)")
            #expect(refused.errors.contains(names), "\(refused.errors.prefix(500))")
        }
    }

    @Test("Networks are listed and described; a wrong name is refused with the nearest")
    func models() throws {
        let list = try run("model", "list")
        #expect(list.status == 0 && list.output.contains("CoX3D-S") && list.output.contains("SensorNet"))
        let description = try run("model", "describe", "CoOadTR-b1", "--json")
        #expect(description.status == 0, "\(description.errors)")
        let object = try #require(try objects(description.output).first)
        #expect(object["receptiveField"] as? Int == 64)
        #expect(object["learnedParameters"] as? Int == 9_598_998)
        let refused = try run("model", "describe", "CoX3D-Z")
        #expect(refused.status == 1 && refused.errors.contains("CoX3D-S"), "\(refused.errors)")
    }

    @Test("The toy draws its figure where it is told, and refuses a folder that is not there before it works")
    func toy() throws {
        let temporary = try TemporaryFolder()
        defer { temporary.remove() }
        let folder = temporary.url
        let result = try run("toy", "--json", folder: folder.path)
        #expect(result.status == 0, "\(result.errors)")
        let models = try objects(result.output)
        #expect(models.count == 4)
        for model in models {
            let name = try #require(model["model"] as? String)
            let rows = try #require(model["accuracy_after_task_on_task"] as? [[Double]])
            #expect(rows.count == 4 && rows.allSatisfy { $0.count == 4 })
            let average = try #require(model["average_accuracy"] as? Double)
            #expect(name.hasPrefix("bottleneck") ? average >= 0.95 : average < 0.5, "\(name): \(average)")
        }
        let svg = try String(contentsOf: folder.appendingPathComponent("figure2.svg"), encoding: .utf8)
        #expect(svg.hasPrefix("<svg"))
        let tables = try run("toy", "--out", "other.svg", folder: folder.path)
        #expect(tables.status == 0 && tables.output.contains("after task") && !tables.output.contains("\r"))
        for out in ["absent/figure.svg", "."] {
            let refused = try run("toy", "--out", out, folder: folder.path)
            #expect(refused.status == 1 && refused.output.isEmpty && refused.errors.contains("--out \(out)"))
        }
    }

    @Test("Help shows a first use; wrong words are refused with code 64")
    func help() throws {
        let help = try run("--help")
        #expect(help.status == 0 && help.output.contains("weir demo") && help.output.contains("weir serve"))
        for command in [
            "demo", "serve", "config", "doctor", "broker", "produce", "tail", "backtest", "inspect",
            "toy", "model",
        ] {
            let help = try run(command, "--help")
            #expect(help.status == 0 && help.output.contains("weir \(command)"), "\(command)")
        }
        #expect(try run("sevre").status == 64)
        #expect(try run("produce", "digits").status == 64)
    }

    @Test("The example is a configuration; faults name the file and the setting, on standard error")
    func config() throws {
        let temporary = try TemporaryFolder()
        defer { temporary.remove() }
        let folder = temporary.url
        let example = try run("config", "--example").output
        try example.write(to: folder.appendingPathComponent("weir.yaml"), atomically: true, encoding: .utf8)
        let effective = try run("config", folder: folder.path)
        #expect(
            effective.status == 0 && effective.output.contains("deadLetters: weir.digits.dlq"),
            "\(effective.errors)")
        try (example + "memroy: {}\n").write(
            to: folder.appendingPathComponent("bad.yaml"), atomically: true, encoding: .utf8)
        let bad = try run("config", "--config", "bad.yaml", folder: folder.path)
        #expect(
            bad.status == 1 && bad.output.isEmpty && bad.errors.contains("bad.yaml")
                && bad.errors.contains("memory"))
        let missing = try run("serve", "--config", "none.yaml", folder: folder.path)
        #expect(missing.status == 1 && missing.errors.contains("none.yaml"))
        let garbage = try run("inspect", "weir.yaml", folder: folder.path)
        #expect(garbage.status == 1 && garbage.errors.contains("weir.yaml"), "\(garbage.errors)")
    }

    @Test("The doctor says what is wrong and exits with 2")
    func doctor() throws {
        let temporary = try TemporaryFolder()
        defer { temporary.remove() }
        let folder = temporary.url
        try "stream: s\nbrokers: 127.0.0.1:1\ndimension: 4\n".write(
            to: folder.appendingPathComponent("weir.yaml"), atomically: true, encoding: .utf8)
        let result = try run("doctor", folder: folder.path)
        #expect(
            result.status == 2 && result.output.contains("wrong  brokers")
                && result.output.contains("nobody listens at 127.0.0.1:1")
                && result.output.contains("librdkafka: "),
            "\(result.output)")
    }

    /// A service that runs, or is about to start, must find everything as it was: its lock, what it is writing, and a
    /// folder that only it may own.
    @Test("The doctor makes, locks and removes nothing where the state is")
    func doctorLooksOnly() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "weir-doctor-\(UUID().uuidString)")
        let state = folder.appendingPathComponent("state")
        try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try "stream: s\nbrokers: 127.0.0.1:1\ndimension: 4\nsnapshots: { folder: state }\n".write(
            to: folder.appendingPathComponent("there.yaml"), atomically: true, encoding: .utf8)
        try "stream: s\nbrokers: 127.0.0.1:1\ndimension: 4\n".write(
            to: folder.appendingPathComponent("none.yaml"), atomically: true, encoding: .utf8)
        let begun = "snapshot-000000000003.safetensors.part"
        try Data("begun".utf8).write(to: state.appendingPathComponent(begun))
        let there = try run("doctor", "--config", "there.yaml", folder: folder.path)
        #expect(there.output.contains("ok     state folder: state, no state yet"), "\(there.output)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: state.path) == [begun])
        let none = try run("doctor", "--config", "none.yaml", folder: folder.path)
        #expect(
            none.output.contains("ok     state folder: snapshots/s, which comes with the first start"),
            "\(none.output)")
        #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("snapshots").path))
    }

    @Test(
        "Names of topics on the command line are what Kafka takes", arguments: ["..", "a/b", "a\u{1b}", ""])
    func topics(name: String) throws {
        for words in [
            ["tail", "predictions", "--brokers", "127.0.0.1:1", "--topic", name],
            ["produce", "digits", "--brokers", "127.0.0.1:1", "--topic", name],
            ["forget", "class", "7", "--brokers", "127.0.0.1:1", "--topic", name],
            ["broker", "--port", "0", "--topic", "\(name):4"],
        ] {
            let result = try Program.run(words)
            #expect(result.status == 64, "\(words): \(result)")
            #expect(
                result.errors.contains("1 to 249 of the characters"),
                "\(result.errors)")
        }
    }

    @Test("A file that says nothing of what it seems to hold is refused by every command that reads one")
    func largeFiles() throws {
        let temporary = try TemporaryFolder()
        defer { temporary.remove() }
        let folder = temporary.path
        for name in ["x.yaml", "x.csv", "x.jsonl", "x.safetensors"] {
            _ = FileManager.default.createFile(atPath: "\(folder)/\(name)", contents: nil)
            #expect(truncate("\(folder)/\(name)", 2 << 30) == 0)
        }
        try "stream: s\nbrokers: 127.0.0.1:1\nframes: { weights: x.safetensors }\n".write(
            toFile: "\(folder)/frames.yaml", atomically: true, encoding: .utf8)
        let nowhere = ["--brokers", "127.0.0.1:1", "--topic", "t"]
        let (line, header) = ("line 1 has more than 16777216 bytes", "its header is not the JSON")
        let weights = "has 2147483648 bytes; at most 1073741824 are read"
        for (words, says) in [
            (["config", "--config", "x.yaml"], "has 2147483648 bytes; at most 1048576 are read"),
            (["serve", "--config", "x.yaml"], "has 2147483648 bytes; at most 1048576 are read"),
            (["serve", "--config", "frames.yaml"], weights),
            (["model", "describe", "--weights", "x.safetensors"], weights),
            (["model", "describe", "SensorNet", "--weights", "x.safetensors"], weights),
            (["demo", "frames", "--weights", "x.safetensors", "--records", "x.jsonl"], line),
            (["produce", "x.csv"] + nowhere, line), (["produce", "x.jsonl"] + nowhere, line),
            (["produce", "x.safetensors"] + nowhere, header),
            (["forget", "samples", "x.csv"] + nowhere, line),
            (["backtest", "x.csv"], line), (["backtest", "x.safetensors"], header),
            (["backtest", "digits", "--keys-from", "x.jsonl"], line),
            (["inspect", "x.safetensors"], header), (["explain", "x.safetensors", "digits"], header),
        ] {
            let result = try Program.run(words, folder: folder)
            #expect(result.status == 1 && result.errors.contains(says), "\(words): \(result)")
        }
    }
}
