// The metrics of one process.  Every metric is declared once, with closed label sets, and exists at zero from the first
// scrape on. Thread-safe.  References that are handed out live as long as the registry.
#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace shopwire::metrics {

class Counter {
 public:
    virtual ~Counter() = default;
    virtual void add(double by = 1) = 0;
    virtual double value() const = 0;
};
class Gauge {
 public:
    virtual ~Gauge() = default;
    virtual void set(double value) = 0;
    virtual void add(double by) = 0;
    virtual double value() const = 0;
};
class Histogram {
 public:
    virtual ~Histogram() = default;
    virtual void observe(double seconds) = 0;
};

using Labels = std::map<std::string, std::string>;

class Registry {
 public:
    static std::unique_ptr<Registry> create();
    virtual ~Registry() = default;
    // The same name and labels give the same object.  Takes a lock: call at construction, not per event.
    virtual Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {}) = 0;
    virtual Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {}) = 0;
    virtual Histogram& histogram(const std::string& name, const std::string& help, const Labels& labels = {},
                                 std::vector<double> buckets = {}) = 0;  // empty: 1 ms to 60 s
    virtual std::string text() const = 0;  // Prometheus exposition format
};

}  // namespace shopwire::metrics
