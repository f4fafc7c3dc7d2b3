// swift-tools-version: 6.1
import PackageDescription

// Imports go down only: a target lists what stands below it, and nothing below `Service` knows Kafka,
// files, clocks or HTTP.
let package = Package(
    name: "weir",
    products: [
        .executable(name: "weir", targets: ["weir"]),
        .library(name: "ContinualInference", targets: ["ContinualInference", "Tensors"]),
        .library(name: "Kafka", targets: ["Kafka"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // System libraries: Debian packages librdkafka-dev, libopenblas-dev and libssl-dev.
        .systemLibrary(name: "CRdKafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "CFixedPorts"),
        .target(name: "CKernels"),

        .target(name: "Digests", dependencies: ["COpenSSL"]),
        .target(name: "Tensors", dependencies: ["CKernels", "COpenBLAS"]),
        .target(name: "Memory", dependencies: ["Tensors", "Digests", "CKernels"]),
        .target(name: "ContinualInference", dependencies: ["Tensors", "Digests", "CKernels"]),
        .target(name: "Evaluation", dependencies: ["Digests"]),
        .target(name: "Learning", dependencies: ["Memory", "Evaluation", "Tensors", "Digests"]),
        .target(
            name: "Messages",
            dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")]),
        .target(name: "Kafka", dependencies: ["CRdKafka", "CFixedPorts"]),
        .target(
            name: "Service",
            dependencies: [
                "Kafka", "Messages", "Learning", "ContinualInference", "Memory", "Evaluation", "Tensors",
                "Digests",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Yams", package: "Yams"),
            ]),
        .executableTarget(
            name: "weir",
            dependencies: [
                "Service", "Kafka", "Messages", "Learning", "ContinualInference", "Memory", "Tensors",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            resources: [
                .copy("Resources/digits.csv"), .copy("Resources/DIGITS.md"),
                .copy("Resources/digits-rows.safetensors"),
            ]),

        .executableTarget(
            name: "weir-bench",
            dependencies: [
                "ContinualInference", "Service", "Kafka", "Messages", "Memory", "Evaluation", "Tensors",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Benchmarks"),

        .testTarget(name: "DigestsTests", dependencies: ["Digests"]),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors", "CKernels"]),
        .testTarget(
            name: "MemoryTests", dependencies: ["Memory", "Tensors", "Digests"],
            resources: [.copy("Fixtures")]),
        .target(name: "CAllocations", path: "Tests/CAllocations"),
        .testTarget(
            name: "ContinualInferenceTests",
            dependencies: ["ContinualInference", "Tensors", "CKernels", "CAllocations"],
            resources: [.copy("Fixtures"), .copy("Models")]),
        .testTarget(name: "EvaluationTests", dependencies: ["Evaluation"]),
        .testTarget(name: "LearningTests", dependencies: ["Learning", "Memory", "Evaluation", "Tensors"]),
        .testTarget(name: "MessagesTests", dependencies: ["Messages"]),
        .testTarget(name: "KafkaTests", dependencies: ["Kafka"]),
        // The executable is started and killed by these tests.
        .testTarget(
            name: "ServiceTests",
            dependencies: [
                "Service", "Kafka", "Messages", "Learning", "ContinualInference", "Memory", "Evaluation",
                "Tensors",
                "weir",
            ]),
    ],
    swiftLanguageModes: [.v6]
)
