#include "services/sors/kit.h"

#include "services/sors/client.h"
#include "services/sors/config.h"

namespace shopwire::sors {
namespace {

std::optional<dialect_tools::Opened> open(const config::Node& node, config::Problems& problems) {
    Parsed parsed = parse_settings(node, problems);
    if (!parsed.dialect || !parsed.dialect->zone) return std::nullopt;
    const Settings& settings = parsed.settings;
    const std::string today = parsed.dialect->zone->format(system_clock().now_ms(), "%Y-%m-%d");
    const DatabasePeriod* period = database_on(settings, today);
    if (period == nullptr) {
        node.member("databases").problem(problems, "no database is configured for " + today);
        return std::nullopt;
    }
    return dialect_tools::Opened{.dialect = *std::move(parsed.dialect),
                                 .options = engine_options(settings, "probe"),
                                 .connection = connection_text(settings, period->database),
                                 .curl = curl_options(settings),
                                 .limits = kLimits};
}

}  // namespace

dialect_tools::Kit kit() {
    return {.system = "sors",
            .vocabulary = vocabulary(),
            .built_in = built_in_dialects(),
            .connection = R"({"database":"Shop2026","unit":"1","price_type":"gross","stock_mode":"free"})",
            // Names of sors-sr; a dialect of one's own may have others, which are then shown in dry runs.
            .words = {.personal = {"naziv?", "adresa", "mesto", "telefon", "pib", "ptt", "napomena",
                                   "registrationNumber", "maticniBroj"},
                      .people = {"partner", "kupac"}},
            .open = open};
}

}  // namespace shopwire::sors
