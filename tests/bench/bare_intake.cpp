// bench-bare-intake: what a webhook port does at least, with nothing around it: civetweb, HMAC, parse, encode, produce,
// wait for the delivery report, answer.  The yardstick of the real one; no configuration, no metrics, no checks, no
// dead letters.
#include <civetweb.h>
#include <librdkafka/rdkafka.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <CLI/CLI.hpp>
#include <array>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "shopwire/events/v1/event.pb.h"
#include "tests/bench/guarded.h"
#include "tests/bench/produce.h"

namespace shopwire::bench {
namespace {

constexpr int kExitProblem = 1;
constexpr int kPollMs = 100;
constexpr std::size_t kReadBytes = 16 * 1024;

struct Options {
    std::string bootstrap{};
    std::string topic{};
    std::string secret{};
    std::string ready_file{};
    int threads = 64;
};

[[noreturn]] void die(const std::string& what) {
    std::cerr << "bench-bare-intake: " << what << "\n";
    std::exit(kExitProblem);
}

// What one request waits for.
struct Delivery {
    std::mutex mutex{};
    std::condition_variable done{};
    bool reported = false;
    bool durable = false;
};

void on_report(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
    auto& delivery = *static_cast<Delivery*>(message->_private);
    const std::lock_guard lock(delivery.mutex);
    delivery.reported = true;
    delivery.durable = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
    delivery.done.notify_one();
}

// Exact, from text with up to six decimals, which is all that the body of the benchmark has.
std::int64_t micros_of(const std::string& text) {
    const std::size_t dot = text.find('.');
    std::string digits = text.substr(0, dot) + (dot == std::string::npos ? "" : text.substr(dot + 1));
    const std::size_t decimals = dot == std::string::npos ? 0 : text.size() - dot - 1;
    digits.append(6 - decimals, '0');
    return std::strtoll(digits.c_str(), nullptr, 10);
}

void fill_address(const nlohmann::json& from, events::v1::Address& to) {
    to.set_first_name(from.at("first_name").get<std::string>());
    to.set_last_name(from.at("last_name").get<std::string>());
    to.set_line_1(from.at("address_1").get<std::string>());
    to.set_city(from.at("city").get<std::string>());
    to.set_postal_code(from.at("postcode").get<std::string>());
    to.set_country(from.at("country").get<std::string>());
}

std::string encode(const nlohmann::json& body) {
    events::v1::Event event;
    event.mutable_source()->set_merchant("acme");
    event.mutable_source()->set_connection("shop");
    event.mutable_source()->set_system("woocommerce");
    event.mutable_source()->set_origin(events::v1::ORIGIN_WEBHOOK);
    events::v1::Order& order = *event.mutable_order();
    order.set_native_id(std::to_string(body.at("id").get<std::int64_t>()));
    order.set_number(body.at("number").get<std::string>());
    order.set_status(body.at("status").get<std::string>());
    order.set_currency(body.at("currency").get<std::string>());
    order.mutable_total()->set_micros(micros_of(body.at("total").get<std::string>()));
    order.mutable_total_tax()->set_micros(micros_of(body.at("total_tax").get<std::string>()));
    for (const nlohmann::json& item : body.at("line_items")) {
        events::v1::OrderLine& line = *order.add_lines();
        line.set_native_id(std::to_string(item.at("id").get<std::int64_t>()));
        line.set_sku(item.at("sku").get<std::string>());
        line.set_name(item.at("name").get<std::string>());
        line.mutable_quantity()->set_micros(item.at("quantity").get<std::int64_t>() * 1'000'000);
        line.mutable_subtotal()->set_micros(micros_of(item.at("subtotal").get<std::string>()));
        line.mutable_subtotal_tax()->set_micros(micros_of(item.at("subtotal_tax").get<std::string>()));
        line.mutable_total()->set_micros(micros_of(item.at("total").get<std::string>()));
        line.mutable_total_tax()->set_micros(micros_of(item.at("total_tax").get<std::string>()));
    }
    events::v1::PersonalFields& person = *order.mutable_personal()->mutable_clear();
    fill_address(body.at("billing"), *person.mutable_billing());
    fill_address(body.at("shipping"), *person.mutable_shipping());
    person.set_email(body.at("billing").at("email").get<std::string>());
    return event.SerializeAsString();
}

class Handler {
 public:
    explicit Handler(const Options& options) : options_(options) {
        rd_kafka_conf_t* conf = rd_kafka_conf_new();
        char text[512];
        for (const auto& [name, value] :
             std::initializer_list<std::pair<const char*, std::string>>{{"bootstrap.servers", options.bootstrap},
                                                                        {"enable.idempotence", "true"},
                                                                        {"acks", "all"},
                                                                        {"linger.ms", "0"}}) {
            if (rd_kafka_conf_set(conf, name, value.c_str(), text, sizeof text) != RD_KAFKA_CONF_OK) die(text);
        }
        rd_kafka_conf_set_dr_msg_cb(conf, on_report);
        producer_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
        if (producer_ == nullptr) die(text);
        poller_ = std::jthread([this](const std::stop_token& stop) {
            while (!stop.stop_requested()) rd_kafka_poll(producer_, kPollMs);
        });
    }

    ~Handler() {
        poller_.request_stop();
        poller_.join();
        rd_kafka_destroy(producer_);
    }
    Handler(const Handler&) = delete;
    Handler& operator=(const Handler&) = delete;

    static int on_request(mg_connection* connection, void* self) {
        return static_cast<Handler*>(self)->serve(connection);
    }

 private:
    int serve(mg_connection* connection) {
        std::string body;
        std::array<char, kReadBytes> buffer{};
        for (int got = 0; (got = mg_read(connection, buffer.data(), buffer.size())) > 0;)
            body.append(buffer.data(), static_cast<std::size_t>(got));
        const char* signature = mg_get_header(connection, "X-WC-Webhook-Signature");
        if (signature == nullptr || sign(body) != signature) return answer(connection, 401);
        const nlohmann::json document = nlohmann::json::parse(body, nullptr, false);
        if (document.is_discarded()) return answer(connection, 400);
        return answer(connection,
                      produce("acme/shop/" + std::to_string(document.at("id").get<std::int64_t>()), encode(document))
                          ? 200
                          : 503);
    }

    std::string sign(const std::string& body) const {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned int size = 0;
        HMAC(EVP_sha256(), options_.secret.data(), static_cast<int>(options_.secret.size()),
             reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data(), &size);
        std::array<unsigned char, 4 * ((EVP_MAX_MD_SIZE + 2) / 3) + 1> text{};
        const int length = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(size));
        return {text.begin(), text.begin() + length};
    }

    bool produce(const std::string& key, const std::string& value) {
        Delivery delivery;
        const rd_kafka_resp_err_t code = bench::produce(
            producer_, {.topic = options_.topic.c_str(), .key = key, .value = value, .opaque = &delivery});
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
        std::unique_lock lock(delivery.mutex);
        delivery.done.wait(lock, [&] { return delivery.reported; });
        return delivery.durable;
    }

    static int answer(mg_connection* connection, int status) {
        const char* wish = mg_get_header(connection, "Connection");
        const bool keep = wish != nullptr && std::string_view(wish) == "keep-alive";
        const std::string text = "HTTP/1.1 " + std::to_string(status) +
                                 " X\r\nContent-Length: 3\r\nConnection: " + (keep ? "keep-alive" : "close") +
                                 "\r\n\r\nok\n";
        mg_write(connection, text.data(), text.size());
        return status;
    }

    const Options& options_;
    rd_kafka_t* producer_ = nullptr;
    std::jthread poller_;
};

int serve(const Options& options) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    Handler handler(options);
    const std::string threads = std::to_string(options.threads);
    const char* settings[] = {"listening_ports",
                              "127.0.0.1:0",
                              "num_threads",
                              threads.c_str(),
                              "enable_keep_alive",
                              "yes",
                              "keep_alive_timeout_ms",
                              "10000",
                              "tcp_nodelay",
                              "1",
                              nullptr};
    mg_init_library(0);
    mg_context* server = mg_start(nullptr, nullptr, settings);
    if (server == nullptr) die("no port");
    mg_set_request_handler(server, "/", Handler::on_request, &handler);
    mg_server_port port{};
    mg_get_server_ports(server, 1, &port);
    const std::string temporary = options.ready_file + ".tmp";
    std::ofstream(temporary) << "{\"http\": " << port.port << "}\n";
    std::rename(temporary.c_str(), options.ready_file.c_str());
    int signal = 0;
    sigwait(&signals, &signal);
    mg_stop(server);
    return 0;
}

int run(int argc, char** argv) {
    Options options;
    CLI::App app("A bare webhook port.", "bench-bare-intake");
    app.add_option("--bootstrap", options.bootstrap)->required();
    app.add_option("--topic", options.topic)->required();
    app.add_option("--secret", options.secret)->required();
    app.add_option("--ready-file", options.ready_file, "written with the port once it listens")->required();
    app.add_option("--threads", options.threads);
    CLI11_PARSE(app, argc, argv);
    return serve(options);
}

}  // namespace
}  // namespace shopwire::bench

int main(int argc, char** argv) {
    return shopwire::bench::guarded("bench-bare-intake", shopwire::bench::run, argc, argv);
}
