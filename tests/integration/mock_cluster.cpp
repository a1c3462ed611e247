#include "tests/integration/mock_cluster.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <stdexcept>
#include <vector>

namespace shopwire::kafka {

MockCluster::MockCluster(int brokers) {
    char text[256];
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "3", text, sizeof text);  // it says that the host has no bootstrap servers
    host_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    if (host_ == nullptr) throw std::runtime_error(text);
    cluster_ = rd_kafka_mock_cluster_new(host_, brokers);
    rd_kafka_mock_group_initial_rebalance_delay_ms(cluster_, 0);
}

MockCluster::~MockCluster() {
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(host_);
}

ClientConfig MockCluster::config() const { return {.bootstrap = rd_kafka_mock_cluster_bootstraps(cluster_)}; }

void MockCluster::create_topic(const std::string& name, int partitions) {
    rd_kafka_mock_topic_create(cluster_, name.c_str(), partitions, 1);
}

void MockCluster::fail_next(Api api, std::initializer_list<int> codes) {
    std::vector<rd_kafka_resp_err_t> errors;
    for (const int code : codes) errors.push_back(static_cast<rd_kafka_resp_err_t>(code));
    rd_kafka_mock_push_request_errors_array(cluster_, static_cast<std::int16_t>(api), errors.size(), errors.data());
}

void MockCluster::delay_next(Api api, std::chrono::milliseconds delay) {
    rd_kafka_mock_broker_push_request_error_rtts(cluster_, 1, static_cast<std::int16_t>(api), std::size_t{1},
                                                 RD_KAFKA_RESP_ERR_NO_ERROR, static_cast<int>(delay.count()));
}

void MockCluster::set_down(int broker, bool down) {
    if (down) {
        rd_kafka_mock_broker_set_down(cluster_, broker);
    } else {
        rd_kafka_mock_broker_set_up(cluster_, broker);
    }
}

void MockCluster::set_delay(int broker, std::chrono::milliseconds delay) {
    rd_kafka_mock_broker_set_rtt(cluster_, broker, static_cast<int>(delay.count()));
}

void MockCluster::fail_topic(const std::string& name, int code) {
    rd_kafka_mock_topic_set_error(cluster_, name.c_str(), static_cast<rd_kafka_resp_err_t>(code));
}

}  // namespace shopwire::kafka
