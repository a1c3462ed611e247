#include "services/solteq/kit.h"

#include "services/solteq/client.h"
#include "services/solteq/config.h"

namespace shopwire::solteq {
namespace {

std::optional<dialect_tools::Opened> open(const config::Node& node, config::Problems& problems) {
    Parsed parsed = parse_settings(node, problems);
    if (!parsed.dialect) return std::nullopt;
    return dialect_tools::Opened{.dialect = *std::move(parsed.dialect),
                                 .options = engine_options(parsed.settings, "probe"),
                                 .connection = connection_text(parsed.settings),
                                 .curl = curl_options(parsed.settings),
                                 .limits = kLimits};
}

}  // namespace

dialect_tools::Kit kit() {
    return {.system = "solteq",
            .vocabulary = vocabulary(),
            .built_in = built_in_dialects(),
            .connection = R"({"store":"store-1","time_zone":"Europe/Helsinki"})",
            .open = open};
}

}  // namespace shopwire::solteq
