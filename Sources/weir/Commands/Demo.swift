import Arguments

struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Watch what Weir does, over a broker in memory.",
        discussion: """
              weir demo                     digits, class after class: learned in one pass and not forgotten
              weir demo frames              digits that are read row by row: a network that steps frame by frame
            """,
        subcommands: [DemoDigits.self, DemoFrames.self], defaultSubcommand: DemoDigits.self)
}
