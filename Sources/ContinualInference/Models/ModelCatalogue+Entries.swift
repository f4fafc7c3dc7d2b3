extension ModelCatalogue {
    /// Networks on videos.
    static let videos: [Entry] =
        CoX3D.Size.allCases.map { size in
            Entry(
                name: "CoX3D-\(size.rawValue.uppercased())",
                summary:
                    "action recognition in videos; Hedegaard and Iosifidis 2022, after X3D (Feichtenhofer 2020)",
                options: [classes(400), window(size.window), image(size.image)]
            ) { settings in
                Model(
                    CoX3D(
                        size, classes: settings["classes"], window: settings["window"],
                        image: settings["image"],
                        withoutHead: settings.withoutHead),
                    input: FrameShape(3, [settings["image"], settings["image"]]), clip: settings["window"],
                    classes: settings.classes)
            }
        }
        + zip(CoResNet.Kind.allCases, ["CoSlow", "CoI3D"]).map { kind, name in
            Entry(
                name: name,
                summary:
                    "action recognition in videos; Hedegaard and Iosifidis 2022, a ResNet-50 over time and space",
                options: [classes(400), window(8), image(kind.image)]
            ) { settings in
                Model(
                    CoResNet(
                        kind, classes: settings["classes"], window: settings["window"],
                        image: settings["image"],
                        withoutHead: settings.withoutHead),
                    input: FrameShape(3, [settings["image"], settings["image"]]), clip: settings["window"],
                    classes: settings.classes)
            }
        } + [
            Entry(
                name: "LRCN",
                summary:
                    "action recognition in videos; an image network and long short-term memory, Donahue et al. 2015",
                options: [
                    classes(101), image(227, least: 67),
                    width("features", 4_096, "width of the image network's output"),
                    width("hidden", 256, "width of the memory"),
                ]
            ) { settings in
                Model(
                    LRCN(
                        features: settings["features"], hidden: settings["hidden"],
                        classes: settings["classes"],
                        withoutHead: settings.withoutHead),
                    input: FrameShape(3, [settings["image"], settings["image"]]), clip: 16,
                    classes: settings.classes)
            }
        ]

    /// Networks on skeletons.
    static let skeletons: [Entry] = zip(CoSkeleton.Kind.allCases, ["CoST-GCN", "CoA-GCN", "CoS-TR"]).flatMap {
        kind, name in
        [false, true].map { isRegular in
            Entry(
                name: name + (isRegular ? "*" : ""),
                summary: "action recognition from skeletons; Hedegaard, Heidari and Iosifidis 2022"
                    + (isRegular ? ", without stride and padding" : ""),
                options: [
                    classes(60), width("coordinates", 3, "coordinates of a joint"),
                    Option(name: "persons", standard: 2, range: 1...64, help: "persons in a frame"),
                    Option(
                        name: "joints", standard: 25, range: 18...25,
                        help: "25 for a Kinect v2 (NTU RGB+D), 18 for OpenPose (Kinetics)"),
                    Option(
                        name: "clip", standard: 300, range: 153...100_000,
                        help: "frames of the clips that the network was trained on"),
                ]
            ) { settings in
                guard let graph = [25: SkeletonGraph.ntu, 18: .openPose][settings["joints"]] else {
                    throw ContinualError(
                        .model, "\(name): there are skeletons of 18 and 25 joints, not \(settings["joints"])")
                }
                return Model(
                    CoSkeleton(
                        kind, isRegular: isRegular, classes: settings["classes"],
                        coordinates: settings["coordinates"],
                        persons: settings["persons"], graph: graph, clip: settings["clip"],
                        withoutHead: settings.withoutHead),
                    input: FrameShape(settings["coordinates"], [graph.vertices, settings["persons"]]),
                    clip: settings["clip"], classes: settings.classes)
            }
        }
    }

    /// Networks on vectors.
    static let features: [Entry] =
        CoOadTR.Blocks.allCases.map { blocks in
            Entry(
                name: "CoOadTR-b\(blocks.rawValue)",
                summary:
                    "online action detection from features of videos; Hedegaard, Bakhtiarnia and Iosifidis 2022",
                options: [
                    classes(22), width("features", 3_072, "width of the input"),
                    width("width", 1_024, "width of tokens"),
                    Option(
                        name: "heads", standard: 8, range: 1...256,
                        help: "heads of attention; they divide the width"),
                    width("hidden", 1_024, "width inside of a block"),
                    Option(
                        name: "tokens", standard: 64, range: 1...4_096, help: "frames that attention looks at"
                    ),
                    width("entries", 127, "entries of the positional encoding, at least as many as tokens"),
                ]
            ) { settings in
                guard settings["entries"] >= settings["tokens"], settings["width"] % settings["heads"] == 0
                else {
                    throw ContinualError(
                        .model,
                        "CoOadTR: entries must be at least tokens, and heads must divide width; they are \(settings["entries"]), \(settings["tokens"]), \(settings["heads"]), \(settings["width"])"
                    )
                }
                return Model(
                    CoOadTR(
                        blocks, features: settings["features"], width: settings["width"],
                        heads: settings["heads"],
                        hidden: settings["hidden"], tokens: settings["tokens"], classes: settings["classes"],
                        entries: settings["entries"], withoutHead: settings.withoutHead),
                    input: FrameShape(settings["features"]), clip: settings["tokens"],
                    classes: settings.classes)
            }
        } + [
            Entry(
                name: "SensorNet",
                summary: "an answer at every frame of sensor readings; dilated causal convolutions",
                options: [
                    classes(6), width("inputs", 6, "readings in a frame"),
                    width("width", 64, "width of the layers"),
                    Option(
                        name: "layers", standard: SensorNet.standardLayers, range: 1...16,
                        help: "convolutions, each with twice the dilation"),
                    Option(
                        name: "kernel", standard: 3, range: 1...64,
                        help: "frames that a convolution takes together"),
                ]
            ) { settings in
                Model(
                    SensorNet(
                        inputs: settings["inputs"], width: settings["width"], layers: settings["layers"],
                        kernel: settings["kernel"], classes: settings["classes"],
                        withoutHead: settings.withoutHead),
                    input: FrameShape(settings["inputs"]), clip: nil, classes: settings.classes)
            }
        ]
}

extension SkeletonGraph {
    /// The 18 joints of OpenPose, as in Kinetics-Skeleton (Yan et al. 2018).
    static let openPose = SkeletonGraph(
        vertices: 18,
        bones: [
            (4, 3), (3, 2), (7, 6), (6, 5), (13, 12), (12, 11), (10, 9), (9, 8), (11, 5), (8, 2), (5, 1),
            (2, 1),
            (0, 1), (15, 0), (14, 0), (17, 15), (16, 14),
        ])
}
