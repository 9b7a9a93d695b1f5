/** The policy of the demo, as `datacline demo` writes it: made to be read beside the screen. */
export const DEMO_POLICY = `# The policy of the demo. Change it while the demo runs: it is in force at once.
roles:
  developer:
    description: Everything on the demo server that no rule takes away.
    permissions:
      - { resource: "mcp:demo:*", actions: ["*"] }

  analyst:
    description: Looks things up.
    permissions:
      - { resource: "mcp:demo:*", actions: [list_tools, read_resource] }
      - { resource: "mcp:demo:get_*", actions: [invoke_tool] }
      - { resource: "mcp:demo:search_docs", actions: [invoke_tool] }

  support:
    description: Looks people up and writes to them.
    permissions:
      - { resource: "mcp:demo:get_user", actions: [invoke_tool] }
      - { resource: "mcp:demo:send_email", actions: [invoke_tool] }

  batch:
    description: What runs at night, unattended.
    permissions:
      - { resource: "mcp:demo:flaky", actions: [invoke_tool] }
      - { resource: "mcp:demo:slow", actions: [invoke_tool] }

user_roles:
  dana: [developer]
  arun: [analyst]
  sofia: [support]
  nightly: [batch]

rules:
  - name: Nobody deletes people
    description: Not even a developer, whose role alone would permit it.
    condition: { mcp_server: demo, tool_name_pattern: "delete" }
    action: deny
    priority: 100

default_policy: deny
`
