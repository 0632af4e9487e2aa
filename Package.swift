// swift-tools-version: 6.2
import PackageDescription

// The house, as data. A module may use modules of a smaller layer only; a wrong edge stops the build
// with a sentence that says which.

/// A product of another package, as the table names it.
enum Library: String {
    case argumentParser = "ArgumentParser"
    case asn1 = "SwiftASN1"
    case asyncHTTPClient = "AsyncHTTPClient"
    case configuration = "Configuration"
    case crypto = "Crypto"
    case cryptoExtras = "CryptoExtras"
    case grdb = "GRDB"
    case grdbSQLite = "GRDBSQLite"
    case httpTypes = "HTTPTypes"
    case lifecycle = "ServiceLifecycle"
    case logging = "Logging"
    case nioConcurrency = "NIOConcurrencyHelpers"
    case nioCore = "NIOCore"
    case nioEmbedded = "NIOEmbedded"
    case nioHPACK = "NIOHPACK"
    case nioHTTP1 = "NIOHTTP1"
    case nioHTTP2 = "NIOHTTP2"
    case nioPosix = "NIOPosix"
    case nioSSL = "NIOSSL"
    case nioTLS = "NIOTLS"
    case unixSignals = "UnixSignals"
    case x509 = "X509"
    case yams = "Yams"

    var package: String {
        switch self {
        case .argumentParser: "swift-argument-parser"
        case .asn1: "swift-asn1"
        case .asyncHTTPClient: "async-http-client"
        case .configuration: "swift-configuration"
        case .crypto, .cryptoExtras: "swift-crypto"
        case .grdb, .grdbSQLite: "GRDB.swift"
        case .httpTypes: "swift-http-types"
        case .lifecycle, .unixSignals: "swift-service-lifecycle"
        case .logging: "swift-log"
        case .nioConcurrency, .nioCore, .nioEmbedded, .nioHTTP1, .nioPosix, .nioTLS: "swift-nio"
        case .nioHPACK, .nioHTTP2: "swift-nio-http2"
        case .nioSSL: "swift-nio-ssl"
        case .x509: "swift-certificates"
        case .yams: "Yams"
        }
    }

    var dependency: Target.Dependency { .product(name: rawValue, package: package) }
}

/// One module: its layer, the modules it uses and the libraries it uses.
struct Module {
    enum Kind {
        case shim(pkgConfig: String, debian: String)
        // A few lines of C: over a system library whose headers Swift cannot read, or for a loop.
        case glue(libraries: [String])
        case library, program
    }

    let layer: Int
    let name: String
    var kind = Kind.library
    var uses: [String] = []
    var libraries: [Library] = []
    /// Files in its folder that the compiler has no use for.
    var excluded: [String] = []
}

let modules: [Module] = [
    // 0 shims: system libraries, and the C that talks to them
    Module(layer: 0, name: "CArgon2", kind: .shim(pkgConfig: "libargon2", debian: "libargon2-dev")),
    Module(layer: 0, name: "CFold", kind: .glue(libraries: [])),
    Module(layer: 0, name: "CStart", kind: .glue(libraries: ["sqlite3"])),
    Module(layer: 0, name: "CICU", kind: .glue(libraries: ["icui18n", "icuuc"])),
    Module(
        layer: 0, name: "CVectorscan", kind: .shim(pkgConfig: "libhs", debian: "libvectorscan-dev")),
    // 1 words
    Module(layer: 1, name: "PosternModel"),
    // 2 judges
    Module(
        layer: 2, name: "PosternPolicy", uses: ["PosternModel"], libraries: [.crypto, .yams]),
    Module(
        layer: 2, name: "PosternContent",
        uses: ["CFold", "CICU", "CVectorscan", "PosternModel"], libraries: [.crypto]),
    Module(
        layer: 2, name: "PosternCredentials", uses: ["CArgon2", "PosternModel"],
        libraries: [.crypto, .cryptoExtras]),
    Module(layer: 2, name: "PosternTransparency", libraries: [.crypto]),
    Module(layer: 2, name: "PosternDialectKit", uses: ["PosternModel"], libraries: [.httpTypes]),
    Module(
        layer: 2, name: "PosternSettings", uses: ["PosternModel"],
        libraries: [.configuration, .yams]),
    // 3 corridor and tongues
    Module(
        layer: 3, name: "PosternPipeline",
        uses: ["PosternContent", "PosternCredentials", "PosternModel", "PosternPolicy"],
        libraries: [.crypto]),
    Module(
        layer: 3, name: "PosternSealing", uses: ["PosternCredentials", "PosternModel"],
        libraries: [.crypto]),
    Module(
        layer: 3, name: "PosternCoreContract", uses: ["PosternDialectKit", "PosternModel"],
        libraries: [.crypto, .httpTypes]),
    Module(
        layer: 3, name: "PosternDialectSecureMessaging",
        uses: ["PosternDialectKit", "PosternModel"], libraries: [.httpTypes]),
    Module(
        layer: 3, name: "PosternDialectOSDI", uses: ["PosternDialectKit", "PosternModel"],
        libraries: [.httpTypes]),
    Module(
        layer: 3, name: "PosternDialectPersonium", uses: ["PosternDialectKit", "PosternModel"],
        libraries: [.crypto, .httpTypes]),
    Module(
        layer: 3, name: "PosternDialectRevicom", uses: ["PosternDialectKit", "PosternModel"],
        libraries: [.httpTypes]),
    Module(
        layer: 3, name: "PosternDialectSendHub", uses: ["PosternDialectKit", "PosternModel"],
        libraries: [.httpTypes]),
    // 4 world
    Module(
        layer: 4, name: "PosternStorage",
        uses: [
            "PosternContent", "PosternCoreContract", "PosternCredentials", "PosternModel",
            "PosternPipeline", "PosternPolicy", "PosternSealing",
        ],
        libraries: [.crypto, .grdb, .grdbSQLite, .logging, .yams]),
    Module(
        layer: 4, name: "PosternAudit",
        uses: ["PosternModel", "PosternPipeline", "PosternPolicy", "PosternTransparency"],
        libraries: [.crypto, .logging]),
    Module(
        layer: 4, name: "PosternDelivery",
        uses: ["PosternCoreContract", "PosternCredentials", "PosternModel", "PosternPipeline"],
        libraries: [
            .asyncHTTPClient, .crypto, .httpTypes, .logging, .nioCore, .nioHTTP1, .nioPosix,
            .nioSSL, .nioTLS,
        ]),
    Module(
        layer: 4, name: "PosternListener", uses: ["PosternModel"],
        libraries: [
            .asn1, .crypto, .httpTypes, .logging, .nioCore, .nioConcurrency, .nioHPACK, .nioHTTP2,
            .nioPosix, .nioSSL, .nioTLS, .x509,
        ]),
    // 5 doors, and what tests share
    Module(
        layer: 5, name: "PosternGateway",
        uses: ["PosternDialectKit", "PosternListener", "PosternModel", "PosternPipeline"],
        libraries: [.httpTypes, .logging, .nioCore]),
    Module(
        layer: 5, name: "PosternCore",
        uses: ["PosternCoreContract", "PosternDialectKit", "PosternListener", "PosternModel"],
        libraries: [.httpTypes, .logging]),
    Module(
        layer: 5, name: "PosternTesting",
        uses: [
            "PosternCredentials", "PosternListener", "PosternModel", "PosternPipeline",
            "PosternPolicy",
        ],
        libraries: [.nioConcurrency, .nioCore, .nioHPACK, .nioPosix, .nioSSL, .nioTLS]),
    // 6 program
    Module(
        layer: 6, name: "postern", kind: .program,
        uses: [
            "CStart", "PosternAudit", "PosternContent", "PosternCore", "PosternCoreContract",
            "PosternCredentials", "PosternDelivery",
            "PosternDialectKit", "PosternDialectOSDI", "PosternDialectPersonium",
            "PosternDialectRevicom", "PosternDialectSecureMessaging", "PosternDialectSendHub",
            "PosternGateway", "PosternListener", "PosternModel",
            "PosternPipeline", "PosternPolicy", "PosternSealing", "PosternSettings",
            "PosternStorage", "PosternTransparency",
        ],
        libraries: [.argumentParser, .lifecycle, .logging, .nioCore, .nioPosix, .unixSignals],
        excluded: ["constants.ld"]),
    Module(
        layer: 6, name: "PosternBenchmarks", kind: .program,
        uses: [
            "CArgon2", "CVectorscan", "PosternContent", "PosternCredentials",
            "PosternDialectSecureMessaging", "PosternGateway", "PosternListener", "PosternModel",
            "PosternPipeline", "PosternPolicy", "PosternStorage",
        ],
        libraries: [.argumentParser, .crypto, .grdbSQLite, .logging, .nioPosix]),
]

/// One test target and the modules it sees.
struct Suite {
    let name: String
    var uses: [String]
    var libraries: [Library] = []
    var resources: [String] = []
}

let suites: [Suite] = [
    Suite(name: "PosternModelTests", uses: ["PosternModel"]),
    Suite(name: "PosternPolicyTests", uses: ["PosternModel", "PosternPolicy"]),
    Suite(name: "PosternContentTests", uses: ["PosternContent", "PosternModel"]),
    Suite(
        name: "PosternCredentialsTests", uses: ["PosternCredentials", "PosternModel"],
        libraries: [.crypto, .cryptoExtras]),
    Suite(name: "PosternTransparencyTests", uses: ["PosternTransparency"], libraries: [.crypto]),
    Suite(
        name: "PosternSealingTests",
        uses: ["PosternCredentials", "PosternModel", "PosternSealing"], libraries: [.crypto]),
    Suite(
        name: "PosternPipelineTests",
        uses: [
            "PosternContent", "PosternCredentials", "PosternModel", "PosternPipeline",
            "PosternPolicy", "PosternTesting",
        ]),
    Suite(
        name: "PosternCoreContractTests",
        uses: ["PosternCoreContract", "PosternDialectKit", "PosternModel"],
        libraries: [.httpTypes]),
    Suite(
        name: "PosternDialectTests",
        uses: [
            "PosternDialectKit", "PosternDialectOSDI", "PosternDialectPersonium",
            "PosternDialectRevicom", "PosternDialectSecureMessaging", "PosternDialectSendHub",
            "PosternModel",
        ],
        libraries: [.httpTypes], resources: ["Transcripts", "json.cases"]),
    Suite(
        name: "PosternStorageTests",
        uses: [
            "PosternContent", "PosternCoreContract", "PosternCredentials", "PosternModel",
            "PosternPipeline", "PosternPolicy", "PosternSealing", "PosternStorage",
            "PosternTesting",
        ],
        libraries: [.crypto, .grdb, .grdbSQLite], resources: ["Databases"]),
    Suite(
        name: "PosternAuditTests",
        uses: [
            "PosternAudit", "PosternModel", "PosternPipeline", "PosternPolicy", "PosternTesting",
            "PosternTransparency",
        ],
        libraries: [.logging], resources: ["Independent"]),
    Suite(
        name: "PosternDeliveryTests",
        uses: [
            "PosternCoreContract", "PosternCredentials", "PosternDelivery", "PosternListener",
            "PosternModel",
            "PosternPipeline", "PosternTesting",
        ],
        libraries: [.httpTypes, .logging, .nioCore, .nioPosix, .nioSSL], resources: ["Servers"]),
    Suite(
        name: "PosternListenerTests", uses: ["PosternListener", "PosternTesting"],
        libraries: [
            .httpTypes, .logging, .nioConcurrency, .nioCore, .nioEmbedded, .nioHPACK, .nioPosix,
            .nioSSL,
        ]),
    Suite(
        name: "PosternCoreTests",
        uses: [
            "PosternCore", "PosternCoreContract", "PosternListener", "PosternModel",
            "PosternPipeline", "PosternStorage", "PosternTesting",
        ],
        libraries: [.httpTypes, .logging, .nioCore, .nioPosix, .nioSSL]),
    Suite(
        name: "PosternGatewayTests",
        uses: [
            "PosternContent", "PosternCredentials", "PosternDialectKit",
            "PosternDialectSecureMessaging", "PosternGateway", "PosternListener", "PosternModel",
            "PosternPipeline", "PosternPolicy", "PosternTesting",
        ], libraries: [.httpTypes, .logging, .nioCore, .nioPosix]),
    Suite(name: "PosternSettingsTests", uses: ["PosternModel", "PosternSettings"]),
    // `postern` is built with it and run, never imported.
    Suite(
        name: "PosternEndToEndTests", uses: ["PosternModel", "PosternTesting", "postern"],
        libraries: [.nioCore, .nioHPACK, .nioPosix, .nioSSL], resources: ["Transcripts"]),
    Suite(
        name: "PosternHouseTests",
        uses: [
            "PosternDialectKit", "PosternDialectOSDI", "PosternDialectPersonium",
            "PosternDialectRevicom", "PosternDialectSecureMessaging", "PosternDialectSendHub",
            "PosternModel", "PosternPolicy", "PosternTesting",
        ], libraries: [.httpTypes]),
]

// Swift 6 rules everywhere, the checks of the versions to come, and no warning left standing.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

// Swift's own libraries become part of a released program: a twelfth less processor time for a send, a fifth less time to
// start, and what is never called is left out (`Sources/postern/postern.docc`, decision 0001).
let programLinking: [LinkerSetting] = [
    .unsafeFlags(
        [
            "-static-stdlib", "-use-ld=lld",
            // What Foundation's archives need, which the toolchain adds by itself only for `--static-swift-stdlib`.
            "-lCoreFoundation", "-l_FoundationCShims", "-l_FoundationCollections",
            "-l_FoundationICU",
            // The toolchain asks for every symbol to be exported, and nothing exported can be left out.
            "-Xlinker", "--no-export-dynamic", "-Xlinker", "--gc-sections",
            // Constants are to be no more writable than code, nor the table of other libraries' functions.
            "-Xlinker", "-z", "-Xlinker", "now",
            "-Xlinker", "--script=\(Context.packageDirectory)/Sources/postern/constants.ld",
        ], .when(platforms: [.linux], configuration: .release))
]

// Tests/Scripts/fuzz sets POSTERN_FUZZ: our own modules are then instrumented for libFuzzer and AddressSanitizer,
// optimised with their assertions kept, and the fuzzing program appears, which no other build knows.
let isFuzzing = Context.environment["POSTERN_FUZZ"] != nil

/// What the fuzzing program drives; it is no row of the table, because it sees into every parser.
let fuzzed = [
    "PosternAudit", "PosternContent", "PosternCoreContract", "PosternCredentials",
    "PosternDelivery", "PosternDialectKit",
    "PosternDialectOSDI", "PosternDialectPersonium", "PosternDialectRevicom",
    "PosternDialectSecureMessaging", "PosternDialectSendHub", "PosternListener", "PosternModel",
    "PosternPipeline", "PosternPolicy", "PosternSettings", "PosternStorage", "PosternTransparency",
]

let librarySettings =
    isFuzzing
    ? settings + [.unsafeFlags(["-O", "-assert-config", "Debug", "-sanitize=fuzzer,address"])]
    : settings

/// The program that libFuzzer drives.
///
/// Its own code carries no coverage, so that the corpus grows by what the parsers do. `-sanitize=fuzzer` would also
/// rename its `main`, which the package manager does not expect: libFuzzer is linked as an archive instead.
func fuzzer() -> Target {
    let archive = Context.environment["POSTERN_FUZZ_LIBRARY"] ?? ""
    return .executableTarget(
        name: "PosternFuzz",
        dependencies: fuzzed.map { .target(name: $0) }
            + [
                Library.crypto, .httpTypes, .logging, .nioConcurrency, .nioCore, .nioEmbedded,
                .nioHPACK,
            ].map(\.dependency),
        path: "Tests/Fuzz/Sources",
        swiftSettings: settings + [
            .unsafeFlags(["-O", "-assert-config", "Debug", "-sanitize=address"])
        ],
        linkerSettings: [.unsafeFlags(["-sanitize=address", archive, "-lstdc++"])])
}

func checkLayers() {
    let layers = Dictionary(uniqueKeysWithValues: modules.map { ($0.name, $0.layer) })
    for module in modules {
        for used in module.uses {
            guard let layer = layers[used] else {
                fatalError("\(module.name) uses \(used), which the table of modules does not list.")
            }
            guard layer < module.layer else {
                fatalError(
                    "\(module.name) is on layer \(module.layer) and may not use \(used) on layer \(layer): "
                        + "modules use smaller layers only.")
            }
        }
    }
}

func target(_ module: Module) -> Target {
    let dependencies =
        module.uses.map { Target.Dependency.target(name: $0) } + module.libraries.map(\.dependency)
    switch module.kind {
    case .shim(let pkgConfig, let debian):
        return .systemLibrary(name: module.name, pkgConfig: pkgConfig, providers: [.apt([debian])])
    case .glue(let libraries):
        return .target(name: module.name, linkerSettings: libraries.map { .linkedLibrary($0) })
    case .library:
        return .target(
            name: module.name, dependencies: dependencies, swiftSettings: librarySettings)
    case .program:
        return .executableTarget(
            name: module.name, dependencies: dependencies, exclude: module.excluded,
            swiftSettings: settings, linkerSettings: programLinking)
    }
}

func target(_ suite: Suite) -> Target {
    .testTarget(
        name: suite.name,
        dependencies: suite.uses.map { Target.Dependency.target(name: $0) }
            + suite.libraries.map(\.dependency),
        resources: suite.resources.map { .copy($0) },
        swiftSettings: settings)
}

checkLayers()

let package = Package(
    name: "postern",
    products: [
        .executable(name: "postern", targets: ["postern"]),
        .executable(name: "postern-bench", targets: ["PosternBenchmarks"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
        .package(
            url: "https://github.com/apple/swift-configuration", from: "1.4.0",
            traits: [.defaults, "CommandLineArguments", "YAML"]),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: modules.map(target) + (isFuzzing ? [fuzzer()] : suites.map(target))
)
