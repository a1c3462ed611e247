#include "common/metrics/registry.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <utility>

namespace shopwire::metrics {
namespace {

// Answers of a cache hit up to those of a slow shop.
const std::vector<double> kBucketsSeconds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                             0.5,   1,      2.5,   5,    10,    30,   60};

class CounterOf final : public Counter {
 public:
    explicit CounterOf(prometheus::Counter& counter) : counter_(counter) {}
    void add(double by) override { counter_.Increment(by); }
    double value() const override { return counter_.Value(); }

 private:
    prometheus::Counter& counter_;
};

class GaugeOf final : public Gauge {
 public:
    explicit GaugeOf(prometheus::Gauge& gauge) : gauge_(gauge) {}
    void set(double value) override { gauge_.Set(value); }
    void add(double by) override { gauge_.Increment(by); }
    double value() const override { return gauge_.Value(); }

 private:
    prometheus::Gauge& gauge_;
};

class HistogramOf final : public Histogram {
 public:
    explicit HistogramOf(prometheus::Histogram& histogram) : histogram_(histogram) {}
    void observe(double seconds) override { histogram_.Observe(seconds); }

 private:
    prometheus::Histogram& histogram_;
};

class PrometheusRegistry final : public Registry {
 public:
    Counter& counter(const std::string& name, const std::string& help, const Labels& labels) override {
        return find_or_add(counters_, name, labels, [&] {
            return std::make_unique<CounterOf>(
                prometheus::BuildCounter().Name(name).Help(help).Register(registry_).Add(labels));
        });
    }
    Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels) override {
        return find_or_add(gauges_, name, labels, [&] {
            return std::make_unique<GaugeOf>(
                prometheus::BuildGauge().Name(name).Help(help).Register(registry_).Add(labels));
        });
    }
    Histogram& histogram(const std::string& name, const std::string& help, const Labels& labels,
                         std::vector<double> buckets) override {
        if (buckets.empty()) buckets = kBucketsSeconds;
        return find_or_add(histograms_, name, labels, [&] {
            return std::make_unique<HistogramOf>(
                prometheus::BuildHistogram().Name(name).Help(help).Register(registry_).Add(labels, buckets));
        });
    }
    std::string text() const override { return prometheus::TextSerializer().Serialize(registry_.Collect()); }

 private:
    template <class Metric>
    using Known = std::map<std::pair<std::string, Labels>, std::unique_ptr<Metric>>;

    // One name with two types, or a name that Prometheus does not allow, is a bug: prometheus-cpp throws, and the start
    // fails.
    template <class Metric, class Make>
    Metric& find_or_add(Known<Metric>& known, const std::string& name, const Labels& labels, Make make) {
        const std::lock_guard lock(mutex_);
        std::unique_ptr<Metric>& metric = known[{name, labels}];
        if (!metric) metric = make();
        return *metric;
    }

    prometheus::Registry registry_{};
    std::mutex mutex_;
    Known<Counter> counters_{};
    Known<Gauge> gauges_{};
    Known<Histogram> histograms_{};
};

}  // namespace

std::unique_ptr<Registry> Registry::create() { return std::make_unique<PrometheusRegistry>(); }

}  // namespace shopwire::metrics
