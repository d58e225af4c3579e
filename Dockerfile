# SPDX-License-Identifier: Apache-2.0
# The backend itself.
#
#   docker build -t maps-python-backend .
#
# docker-compose.yml builds and runs it; the image that scripts run in is runner_image/.
ARG BASE_IMAGE=debian:bookworm-slim

FROM ${BASE_IMAGE} AS build
WORKDIR /source
# Packages first: they are not installed again when only the source has changed.
COPY scripts/packages scripts/install-packages scripts/
RUN scripts/install-packages build
COPY . .
# The sandbox is left out: what it is made of, an unprivileged container may not do.
RUN cmake --preset release -DCMAKE_INSTALL_PREFIX=/usr \
    && cmake --build build-release \
    && DESTDIR=/installed cmake --install build-release --strip --component Unspecified \
    && find /installed -name '*sandbox*' -path '*/maps-backend/*' ! -name '*.conf' -delete

FROM ${BASE_IMAGE}
COPY scripts/packages scripts/install-packages /tmp/scripts/
RUN /tmp/scripts/install-packages image \
    && rm -rf /tmp/scripts /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/*
COPY --from=build /installed /
COPY scripts/container /usr/libexec/maps-backend/container

# From outside the container, loopback cannot be reached; clients need a token unless MAPS_AUTH
# says otherwise.
ENV MAPS_LISTEN=0.0.0.0:8000 MAPS_DATA_DIR=/project/maps-data
EXPOSE 8000

# It begins as root to look at the engine's socket, and keeps no more rights than that asks for.
# As another user (docker run --user, a pod's runAsUser) it is that user from the start.
ENTRYPOINT ["/usr/libexec/maps-backend/container/entry"]
HEALTHCHECK --interval=5s --timeout=5s --start-period=20s --retries=3 \
    CMD ["/usr/libexec/maps-backend/container/health"]
