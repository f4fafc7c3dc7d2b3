// swift-tools-version: 6.1
import PackageDescription

// Imports go down only: a target lists what stands below it, and nothing below `Streaming` knows Kafka,
// files, clocks or HTTP.
let package = Package(
    name: "weir",
    products: [
        .executable(name: "weir", targets: ["weir"]),
        .library(name: "ContinualInference", targets: ["ContinualInference", "Tensors", "Kernels"]),
        .library(name: "Kafka", targets: ["Kafka", "KafkaBasics"]),
    ],
    targets: [
        // System libraries, Debian packages: librdkafka-dev, libopenblas-dev, libssl-dev and libyaml-dev.
        .systemLibrary(name: "CRdKafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .target(name: "CFixedPorts"),
        // The kernels' headers are a target of their own: who calls kernels is compiled beside them. What is linked
        // names Kernels too.
        .systemLibrary(name: "CKernels"),
        .target(name: "Kernels", cSettings: [.headerSearchPath("../CKernels")]),

        // These know nothing of Weir.
        .target(name: "Text"),
        .target(name: "Files"),
        .target(name: "Arguments", dependencies: ["Text"]),
        .target(name: "Log", dependencies: ["Text"]),
        .target(name: "YAML", dependencies: ["Text", "CYAML"]),
        .target(name: "Protobuf"),
        .target(name: "JSON"),

        .target(name: "Digests", dependencies: ["COpenSSL"]),
        .target(name: "Tensors", dependencies: ["Files", "JSON", "CKernels", "COpenBLAS"]),
        .target(name: "Memory", dependencies: ["Tensors", "Digests", "CKernels"]),
        .target(
            name: "ContinualInference", dependencies: ["Tensors", "Digests", "JSON", "CKernels", "Text"]),
        .target(name: "Evaluation", dependencies: ["Digests"]),
        .target(name: "Experts", dependencies: ["Memory", "Tensors", "Digests", "JSON", "CKernels"]),
        .target(
            name: "Learning", dependencies: ["Experts", "Memory", "Evaluation", "Tensors", "Digests", "JSON"]),
        .target(
            name: "Backtesting",
            dependencies: ["Learning", "Experts", "Memory", "Evaluation", "Tensors"]),
        .target(name: "Messages", dependencies: ["JSON", "Protobuf", "Text"]),
        .target(name: "KafkaBasics", dependencies: ["CRdKafka"]),
        .target(name: "Kafka", dependencies: ["KafkaBasics", "CRdKafka", "CFixedPorts"]),
        .target(
            name: "Streaming",
            dependencies: [
                "KafkaBasics", "Messages", "Learning", "Experts", "ContinualInference", "Memory",
                "Evaluation",
                "Tensors",
                "Digests", "Files", "JSON", "Log", "YAML", "Text",
            ]),
        .target(name: "KafkaStreaming", dependencies: ["Streaming", "Kafka", "Messages", "Log"]),
        .executableTarget(
            name: "weir",
            dependencies: [
                "KafkaStreaming", "Streaming", "Backtesting", "Kafka", "Messages", "Learning", "Experts",
                "ContinualInference",
                "Memory", "Evaluation", "Tensors", "JSON",
                "Arguments", "Log", "Text", "KafkaBasics", "Kernels",
            ],
            resources: [
                .copy("Resources/digits.csv"), .copy("Resources/DIGITS.md"),
                .copy("Resources/digits-rows.safetensors"),
            ]),

        .executableTarget(
            name: "weir-bench",
            dependencies: [
                "ContinualInference", "KafkaStreaming", "Streaming", "Kafka", "Messages", "Experts", "Memory",
                "Evaluation",
                "Tensors",
                "Arguments", "Log", "Kernels",
            ],
            path: "Benchmarks"),

        // What several test targets use.
        .target(name: "TestSupport", path: "Tests/TestSupport"),
        .testTarget(name: "TextTests", dependencies: ["Text"]),
        .testTarget(name: "FilesTests", dependencies: ["Files", "TestSupport"]),
        .testTarget(name: "ArgumentsTests", dependencies: ["Arguments", "TestSupport"]),
        .testTarget(name: "LogTests", dependencies: ["Log"]),
        .testTarget(name: "YAMLTests", dependencies: ["YAML", "TestSupport"]),
        .testTarget(name: "ProtobufTests", dependencies: ["Protobuf", "TestSupport"]),
        .testTarget(name: "JSONTests", dependencies: ["JSON"]),
        .testTarget(name: "DigestsTests", dependencies: ["Digests"]),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors", "CKernels", "Kernels"]),
        .testTarget(
            name: "MemoryTests", dependencies: ["Memory", "Tensors", "Digests"],
            resources: [.copy("Fixtures")]),
        .target(name: "CAllocations", path: "Tests/CAllocations"),
        .testTarget(
            name: "ContinualInferenceTests",
            dependencies: ["ContinualInference", "Tensors", "CKernels", "CAllocations", "Kernels"],
            resources: [.copy("Fixtures"), .copy("Models")]),
        .testTarget(name: "EvaluationTests", dependencies: ["Evaluation", "TestSupport"]),
        .testTarget(
            name: "ExpertsTests", dependencies: ["Experts", "Memory", "Tensors", "Digests", "Kernels"]),
        .testTarget(
            name: "LearningTests",
            dependencies: [
                "Learning", "Experts", "Memory", "Evaluation", "Tensors", "CAllocations", "Kernels",
            ],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "BacktestingTests",
            dependencies: [
                "Backtesting", "Learning", "Experts", "Memory", "Evaluation", "Tensors", "Kernels",
            ]),
        // Reads and writes what others wrote, for scripts/check-protobuf and scripts/fuzz.
        .executableTarget(
            name: "parser-peer", dependencies: ["Messages", "YAML"], path: "Tests/ParserPeer"),
        .testTarget(name: "MessagesTests", dependencies: ["Messages", "TestSupport"]),
        .testTarget(name: "KafkaTests", dependencies: ["Kafka", "TestSupport"]),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "Streaming", "KafkaBasics", "Messages", "Learning", "Experts", "Log", "Tensors",
                "TestSupport", "Kernels",
            ]),
        // The executable is started and killed by these tests.
        .testTarget(
            name: "StreamingTests",
            dependencies: [
                "KafkaStreaming", "Streaming", "Kafka", "Messages", "Learning", "ContinualInference",
                "Memory", "Evaluation",
                "Tensors", "Digests", "Arguments", "Text", "TestSupport",
                "weir", "Kernels",
            ],
            resources: [.copy("Fixtures")]),
        // Against a real Kafka, when scripts/test-kafka names one.
        .testTarget(
            name: "ClusterTests", dependencies: ["Kafka", "CRdKafka", "Messages", "TestSupport", "weir"]),
    ],
    swiftLanguageModes: [.v6]
)
