import HTTPTypes
import PosternDialectKit

/// The contract in OpenAPI's words, made from the table of routes.
public enum CoreDescription {
    /// The document's bytes; make them once.
    public static func document() -> [UInt8] {
        var json = JSONWriter()
        root.write(to: &json)
        return json.bytes
    }

    private static var root: DescriptionNode {
        [
            "openapi": "3.1.1",
            "info": [
                "title": "Postern core", "version": "1",
                "description": """
                A delivery core in a process of its own. A gateway entrusts it with what is to be carried outside, \
                asks what became of it, and may withdraw it. A core serves one gateway.
                """,
            ],
            "servers": [["url": "/"]],
            "security": [["key": []]],
            "paths": .object(paths),
            "components": [
                "schemas": schemas, "parameters": parameters, "headers": headers,
                "responses": .object(responses),
                "securitySchemes": [
                    "key": [
                        "type": "http", "scheme": "bearer",
                        "description": "The key that gateway and core have in common.",
                    ]
                ],
            ],
        ]
    }

    // MARK: operations

    private static var paths: [(String, DescriptionNode)] {
        var templates: [String] = []
        for route in CoreRoute.all where !templates.contains(route.template) {
            templates.append(route.template)
        }
        return templates.map { template in
            let routes = CoreRoute.all.filter { $0.template == template }
            return (
                template,
                .object(routes.map { ($0.method.rawValue.lowercased(), operation($0)) })
            )
        }
    }

    private static func operation(_ route: CoreRoute) -> DescriptionNode {
        var members: [(String, DescriptionNode)] = [
            ("operationId", .text(route.name.rawValue)), ("summary", .text(route.summary)),
        ]
        if !route.description.isEmpty { members.append(("description", .text(route.description))) }
        if !route.needsKey { members.append(("security", [])) }
        switch route.name {
        case .entrust, .readState, .withdraw:
            members.append(("parameters", [reference("parameters/key")]))
        case .listEndings:
            members.append(
                ("parameters", [reference("parameters/after"), reference("parameters/limit")]))
        case .describe: break
        }
        if route.name == .entrust {
            members.append(
                (
                    "requestBody",
                    [
                        "required": true,
                        "content": [
                            "application/json": ["schema": reference("schemas/Delivery")]
                        ],
                    ]
                ))
        }
        members.append(("responses", .object(answers(to: route))))
        return .object(members)
    }

    private static func answers(to route: CoreRoute) -> [(String, DescriptionNode)] {
        let schema: DescriptionNode =
            switch route.name {
            case .entrust, .readState, .withdraw: reference("schemas/State")
            case .listEndings: reference("schemas/Endings")
            case .describe: ["type": "object"]
            }
        let successes = route.successes.map { success in
            (
                "\(success.status)",
                [
                    "description": .text(success.description),
                    "headers": ["X-Request-Id": reference("headers/X-Request-Id")],
                    "content": ["application/json": ["schema": schema]],
                ] as DescriptionNode
            )
        }
        return successes
            + route.problems.map { ("\($0.status.code)", reference("responses/\($0.rawValue)")) }
    }

    // MARK: components

    private static func reference(_ place: String) -> DescriptionNode {
        ["$ref": .text("#/components/\(place)")]
    }

    private static var responses: [(String, DescriptionNode)] {
        let met = Set(CoreRoute.all.flatMap(\.problems))
        return CoreProblem.Name.allCases.filter(met.contains).map { name in
            var fields: [(String, DescriptionNode)] = [
                ("X-Request-Id", reference("headers/X-Request-Id"))
            ]
            if name == .unavailable {
                fields.append(("Retry-After", reference("headers/Retry-After")))
            }
            if name == .keyRefused {
                fields.append(("WWW-Authenticate", reference("headers/WWW-Authenticate")))
            }
            return (
                name.rawValue,
                [
                    "description": .text(name.title), "headers": .object(fields),
                    "content": [
                        CoreProblem.mediaType: ["schema": reference("schemas/Problem")]
                    ],
                ]
            )
        }
    }

    private static let headers: DescriptionNode = [
        "X-Request-Id": [
            "description": "The request, as the core's log names it.", "required": true,
            "schema": ["type": "string"],
        ],
        "Retry-After": [
            "description": "Seconds to wait.", "required": true, "schema": ["type": "integer"],
        ],
        "WWW-Authenticate": [
            "description": "How to show the key.", "required": true, "schema": ["type": "string"],
        ],
    ]

    private static let parameters: DescriptionNode = [
        "key": [
            "name": "key", "in": "path", "required": true,
            "description": "The idempotency key that the outside is shown.",
            "schema": reference("schemas/Key"),
        ],
        "after": [
            "name": "after", "in": "query", "required": false,
            "description": "Endings up to this one are settled: they are acknowledged.",
            "schema": ["type": "integer", "format": "int64", "minimum": 0, "default": 0],
        ],
        "limit": [
            "name": "limit", "in": "query", "required": false,
            "description": "How many, at most.",
            "schema": [
                "type": "integer", "minimum": 1, "maximum": .number(EndingsPage.longest),
                "default": .number(EndingsPage.longest),
            ],
        ],
    ]

    private static let key: DescriptionNode = [
        "type": "string", "maxLength": .number(DeliveryKey.longest),
        "pattern": "^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*$",
        "examples": ["0123456789abcdef0123456789abcdef.7"],
    ]

    private static let message: DescriptionNode = [
        "type": "string", "pattern": "^[0-9a-f]{32}$",
        "examples": ["0123456789abcdef0123456789abcdef"],
    ]

    private static let instant: DescriptionNode = [
        "type": "string", "format": "date-time", "examples": ["2026-11-21T04:15:26.000Z"],
    ]

    private static let email: DescriptionNode = [
        "type": "string", "maxLength": 254,
        "pattern":
            "^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$",
        "examples": ["ann@hospital.example"],
    ]

    private static let schemas: DescriptionNode = [
        "Key": key,
        "Delivery": [
            "description": "What is to be carried, by whom and to whom.",
            "oneOf": [reference("schemas/Mail"), reference("schemas/Text")],
            "discriminator": [
                "propertyName": "courier",
                "mapping": [
                    "smtp": "#/components/schemas/Mail", "webhook": "#/components/schemas/Text",
                ],
            ],
        ],
        "Mail": [
            "type": "object", "additionalProperties": false,
            "required": ["courier", "message", "to", "acceptedAt", "notification"],
            "properties": [
                "courier": ["const": "smtp"], "message": message, "to": email,
                "acceptedAt": instant,
                "notification": [
                    "type": "object", "additionalProperties": false,
                    "required": ["subject", "text", "html"],
                    "properties": [
                        "subject": ["type": "string"], "text": ["type": "string"],
                        "html": ["type": "string"],
                    ],
                ],
            ],
        ],
        "Text": [
            "type": "object", "additionalProperties": false,
            "required": ["courier", "message", "to", "acceptedAt", "text", "from"],
            "properties": [
                "courier": ["const": "webhook"], "message": message,
                "to": [
                    "type": "string", "pattern": "^\\+[1-9][0-9]{6,14}$",
                    "examples": ["+41791234567"],
                ],
                "acceptedAt": instant, "text": ["type": "string"], "from": email,
            ],
        ],
        "State": [
            "type": "object", "required": ["key", "state", "attempts"],
            "properties": [
                "key": reference("schemas/Key"),
                "state": .oneOf(DeliveryState.Standing.allCases.map(\.rawValue)),
                "withdrawing": [
                    "type": "boolean",
                    "description":
                        "A courier has it in hand; should that fail, it is not tried again.",
                ],
                "attempts": ["type": "integer", "minimum": 0],
                "reason": [
                    "type": "string", "description": "Why it was put off last, or given up.",
                ],
                "endedAt": instant,
            ],
        ],
        "Endings": [
            "type": "object", "required": ["spool", "last", "endings"],
            "properties": [
                "spool": [
                    "type": "string", "pattern": "^[0-9a-f]{32}$",
                    "description": "The name of this core's spool, made with its file.",
                ],
                "last": [
                    "type": "integer", "format": "int64", "minimum": 0,
                    "description": "The greatest number given so far.",
                ],
                "endings": [
                    "type": "array", "maxItems": .number(EndingsPage.longest),
                    "items": [
                        "type": "object", "required": ["number", "key", "state", "at"],
                        "properties": [
                            "number": ["type": "integer", "format": "int64", "minimum": 1],
                            "key": reference("schemas/Key"),
                            "state": .oneOf(
                                DeliveryState.Standing.allCases.filter { $0 != .waiting }
                                    .map(\.rawValue)),
                            "reason": ["type": "string"], "at": instant,
                        ],
                    ],
                ],
            ],
        ],
        "Problem": [
            "type": "object", "required": ["type", "title", "status", "detail"],
            "properties": [
                "type": .oneOf(
                    CoreProblem.Name.allCases.map { CoreProblem.namespace + $0.rawValue }),
                "title": ["type": "string"], "status": ["type": "integer"],
                "detail": ["type": "string"],
            ],
        ],
    ]
}
