// sandbox-shop: one WooCommerce shop on the wire. See tests/sandbox/README.md for its options and its control port.
#include <iostream>

#include "tests/sandbox/kit/program.h"
#include "tests/sandbox/shop/shop_server.h"

namespace {

using sandbox::kit::Flags;
using sandbox::shop::ApiKey;
using sandbox::shop::ShopConfig;

ShopConfig read_config(Flags& flags) {
    ShopConfig config;
    config.name = flags.text("--name", config.name);
    config.home_url = flags.text("--home-url", "");
    config.keys.push_back(ApiKey{.key = flags.text("--consumer-key", "ck_sandbox"),
                                 .secret = flags.text("--consumer-secret", "cs_sandbox")});
    config.keys.push_back(ApiKey{.key = flags.text("--read-only-key", "ck_sandbox_read"),
                                 .secret = flags.text("--read-only-secret", "cs_sandbox_read"),
                                 .read = true,
                                 .write = false});
    config.keys.push_back(ApiKey{.key = flags.text("--write-only-key", "ck_sandbox_write"),
                                 .secret = flags.text("--write-only-secret", "cs_sandbox_write"),
                                 .read = false,
                                 .write = true});
    config.basic_over_http = flags.on("--basic-over-http");
    config.currency = flags.text("--currency", config.currency);
    config.price_places = static_cast<int>(flags.number("--price-places", config.price_places));
    config.tax_percent = sandbox::kit::Decimal::parse(flags.text("--tax-rate", "20")).value_or(config.tax_percent);
    config.tax_country = flags.text("--tax-country", config.tax_country);
    config.tax_name = flags.text("--tax-name", config.tax_name);
    config.prices_include_tax = !flags.on("--prices-without-tax");
    config.site_offset_minutes = static_cast<int>(flags.number("--site-offset-minutes", config.site_offset_minutes));
    config.version = flags.text("--woocommerce-version", config.version);
    config.global_variations_route = !flags.on("--no-variations-route");
    config.latency_ms = static_cast<int>(flags.number("--latency-ms", 0));
    config.item_latency_ms = static_cast<int>(flags.number("--item-latency-ms", 0));
    config.webhook_delay_ms = static_cast<int>(flags.number("--webhook-delay-ms", 0));
    config.webhook_tick_ms = static_cast<int>(flags.number("--webhook-tick-ms", 0));
    config.webhook_threads = static_cast<int>(flags.number("--webhook-threads", config.webhook_threads));
    config.webhook_ca_file = flags.text("--webhook-ca-file", "");
    return config;
}

}  // namespace

int main(int argc, char** argv) {
    sandbox::kit::hold_signals();
    Flags flags(argc, argv);
    sandbox::shop::ShopOptions options;
    options.config = read_config(flags);
    options.fixed_home_url = !options.config.home_url.empty();
    options.bind = flags.text("--bind", "127.0.0.1");
    options.http_port = static_cast<int>(flags.number("--port", 0));
    options.https_port = static_cast<int>(flags.number("--https-port", -1));
    options.control_port = static_cast<int>(flags.number("--control-port", 0));
    const auto certificate_file = flags.text("--cert-file", "");
    const auto certificate_host = flags.text("--cert-host", "");
    const auto ready_file = flags.text("--ready-file", "");
    if (const auto problem = flags.problem()) {
        std::cerr << *problem << '\n';
        return 2;
    }
    if (options.https_port >= 0) {
        options.certificate = certificate_file.empty()
                                  ? sandbox::kit::make_certificate(certificate_host)
                                  : sandbox::kit::write_certificate(certificate_file, certificate_host);
    }
    const auto server = sandbox::shop::ShopServer::start(options);
    if (!server) {
        std::cerr << server.error() << '\n';
        return 1;
    }
    const sandbox::kit::Ports ports{
        .http = (*server)->http_port(), .https = (*server)->https_port(), .control = (*server)->control_port()};
    if (!sandbox::kit::announce(ports, ready_file)) {
        std::cerr << "writing ready file: " << ready_file << '\n';
        return 1;
    }
    sandbox::kit::wait_for_stop();
    (*server)->stop();
    return 0;
}
